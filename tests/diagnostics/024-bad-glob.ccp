when model matches "claude-[ab" -> think
default -> default
