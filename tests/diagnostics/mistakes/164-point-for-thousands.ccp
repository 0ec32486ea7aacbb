# CCP512: write 200_000
when tokens > 200.000 -> think
default -> default
