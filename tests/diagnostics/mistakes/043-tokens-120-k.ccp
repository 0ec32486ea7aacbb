# CCP006: write 120k
when tokens > 120 k -> think
default -> default
