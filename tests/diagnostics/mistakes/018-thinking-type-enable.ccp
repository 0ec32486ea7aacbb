# CCP507: did you mean "enabled"? the values are enabled, adaptive, disabled
when thinking.type == "enable" -> think
default -> default
