when stream -> a  # ! redundant-rule
when not stream and tokens > 5k -> b
when not stream -> c
default -> a
