when tokens.latest > 100k and tokens < 50k -> a  # ! never-true
default -> default
