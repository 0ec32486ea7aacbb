# CCP101: did you mean tokens?
when token > 5k -> think
default -> default
