# CCP202: text stands in quotes: "5"
when model == 5 -> think
default -> default
