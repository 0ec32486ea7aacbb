# CCP507: did you mean "high"? the values are low, medium, high, xhigh, max
when effort == "hihg" -> think
default -> default
