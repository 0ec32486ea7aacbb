# CCP506: write "*sonnet*"
when model matches "sonnet" -> think
default -> default
