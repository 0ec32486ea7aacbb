# CCP006: write matches
when model like "*haiku*" -> think
default -> default
