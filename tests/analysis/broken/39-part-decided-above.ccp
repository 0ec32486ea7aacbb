when tokens > 200k -> a
when tokens <= 200k and stream -> b  # ! always-true-here
default -> default
