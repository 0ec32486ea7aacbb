# CCP203: numbers stand without quotes: 1
when tokens + "1" > 5 -> think
default -> default
