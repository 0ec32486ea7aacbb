# CCP506: write "haiku"
when model contains "*haiku*" -> think
default -> default
