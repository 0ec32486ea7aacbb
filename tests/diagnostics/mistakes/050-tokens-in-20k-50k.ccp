# CCP205: write 20k..50k
when tokens in 20k-50k -> think
default -> default
