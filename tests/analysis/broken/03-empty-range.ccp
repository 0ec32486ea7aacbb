when tokens in 5k..5k -> a  # ! never-true
default -> default
