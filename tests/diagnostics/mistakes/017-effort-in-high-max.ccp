# CCP507: did you mean "high"? the values are low, medium, high, xhigh, max
when effort in ["High", "max"] -> think
default -> default
