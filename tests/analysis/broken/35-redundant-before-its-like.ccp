when tokens > 100k and stream -> a  # ! redundant-rule
when tokens > 100k -> a
default -> default
