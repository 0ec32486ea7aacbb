# CCP006: write count
when len(tools) > 5 -> think
default -> default
