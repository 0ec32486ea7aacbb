# CCP006: write !=
when model <> "a" -> think
default -> default
