# CCP203: count(tools) is the number of its elements
when tools + 1 > 5 -> think
default -> default
