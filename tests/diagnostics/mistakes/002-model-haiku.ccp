# CCP506: write not (model matches "*haiku*")
when model != "*haiku*" -> think
default -> default
