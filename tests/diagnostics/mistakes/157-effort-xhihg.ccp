# CCP507: did you mean "xhigh"? the values are low, medium, high, xhigh, max
when effort == "xhihg" -> think
default -> default
