# CCP006: to compare, write ==
when tokens = 5k -> think
default -> default
