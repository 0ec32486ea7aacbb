# CCP011: write 07:30
when time > 7:30 -> think
default -> default
