# CCP506: write "haiku"
when model ends with "*haiku" -> think
default -> default
