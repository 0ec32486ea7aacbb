when 1k < tokens > 5k -> think
default -> default
