# CCP006: write ==
when model is "x" -> think
default -> default
