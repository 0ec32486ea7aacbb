# CCP006: write <=
when tokens =< 5k -> think
default -> default
