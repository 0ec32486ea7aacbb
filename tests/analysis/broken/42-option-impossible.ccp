when stream or (tokens > 5 and tokens < 5) -> a  # ! never-true-here
default -> default
