# CCP113: did you mean header?
when headr("a") == "b" -> think
default -> default
