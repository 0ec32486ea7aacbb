# CCP006: write ==
when model equals "a" -> think
default -> default
