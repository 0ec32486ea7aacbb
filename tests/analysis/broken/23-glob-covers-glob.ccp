when model matches "claude-*" -> a
when model matches "claude-opus-*" -> b  # ! unreachable-rule
default -> default
