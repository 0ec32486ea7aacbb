# CCP101: did you mean model?
when modell == "a" -> think
default -> default
