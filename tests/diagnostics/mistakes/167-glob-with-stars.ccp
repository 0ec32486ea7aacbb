# CCP006: write "*haiku*"
when model matches *haiku* -> think
default -> default
