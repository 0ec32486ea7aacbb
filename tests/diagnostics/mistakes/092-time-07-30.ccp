# CCP203: write the time without quotes: 07:30
when time > "07:30" -> think
default -> default
