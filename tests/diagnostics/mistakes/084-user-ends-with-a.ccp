# CCP006: write ends with
when user ends_with "a" -> think
default -> default
