when effort == "max" -> a
when stream -> b
when effort == "max" -> c  # ! duplicate-rule
default -> default
