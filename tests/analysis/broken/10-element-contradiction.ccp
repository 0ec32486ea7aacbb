when none tools starts with "mcp__" and any tools == "mcp__git" -> a  # ! never-true
default -> default
