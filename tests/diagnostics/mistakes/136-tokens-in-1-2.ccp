# CCP006: write [1, 2]
when tokens in (1, 2) -> think
default -> default
