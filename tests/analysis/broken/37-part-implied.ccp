when tokens > 100k and tokens > 60k -> a  # ! always-true-here
default -> default
