# CCP006: write !=
when model is not "x" -> think
default -> default
