# CCP506: write model matches "*haiku*"
when model == "*haiku*" -> think
default -> default
