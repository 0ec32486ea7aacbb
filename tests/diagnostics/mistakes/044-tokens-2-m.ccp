# CCP006: write 2M
when tokens > 2 M -> think
default -> default
