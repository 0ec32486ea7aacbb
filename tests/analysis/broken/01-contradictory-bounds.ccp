when tokens > 200k and tokens < 100k -> a  # ! never-true
default -> default
