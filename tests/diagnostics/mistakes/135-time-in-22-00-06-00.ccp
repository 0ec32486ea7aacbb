# CCP205: write 22:00..06:00
when time in 22:00-06:00 -> think
default -> default
