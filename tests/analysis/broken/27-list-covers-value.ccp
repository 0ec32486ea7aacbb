when effort in ["high", "max"] -> a
when effort == "max" -> b  # ! unreachable-rule
default -> default
