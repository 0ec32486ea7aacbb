when model matches "*haiku*" -> a
when model == "claude-haiku-4-5" -> b  # ! unreachable-rule
default -> default
