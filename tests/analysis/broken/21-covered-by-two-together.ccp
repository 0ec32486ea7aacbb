when tokens > 100k -> a
when tokens < 150k and stream -> b
when stream -> c  # ! unreachable-rule
default -> default
