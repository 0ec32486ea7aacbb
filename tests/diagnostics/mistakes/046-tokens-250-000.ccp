# CCP006: write 250_000
when tokens > 250,000 -> think
default -> default
