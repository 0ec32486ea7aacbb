# CCP507: did you mean "high"? the values are low, medium, high, xhigh, max
when effort != "hgih" and has effort -> think
default -> default
