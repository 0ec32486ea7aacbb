when count(tools) == 0 and any tools == "Bash" -> a  # ! never-true
default -> default
