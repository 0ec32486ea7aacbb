# CCP006: write 1k
when tokens > 1 k and stream -> think
default -> default
