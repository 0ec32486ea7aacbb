when model starts with "claude" or model == "claude-opus" -> a  # ! never-true-here
default -> default
