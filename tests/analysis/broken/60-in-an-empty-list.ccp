when model in tools and count(tools) == 0 -> a  # ! never-true
default -> default
