# CCP006: write ==
when speed is "fast" -> think
default -> default
