# CCP202: numbers stand without quotes: 5
when tokens == "5" -> think
default -> default
