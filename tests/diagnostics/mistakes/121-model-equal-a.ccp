# CCP006: write ==
when model equal "a" -> think
default -> default
