when all tools == "Bash" -> think
default -> default
