when has tools and not has tools.types -> a  # ! never-true
default -> default
