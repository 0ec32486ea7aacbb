# CCP006: write count
when size(tools) > 2 -> think
default -> default
