when model == "gpt-4" and model matches "claude-*" -> a  # ! never-true
default -> default
