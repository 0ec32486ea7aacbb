# CCP205: write 19:00..07:00
when time in 19:00-07:00 -> think
default -> default
