when tokens > 5 and tokens < 6 -> a  # ! never-true
default -> default
