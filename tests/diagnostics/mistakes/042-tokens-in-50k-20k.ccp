# CCP402: a range goes up: write 20k..50k
when tokens in 50k..20k -> think
default -> default
