when tokens > 60k -> a
when tokens > 100k -> b  # ! unreachable-rule
when stream and stream -> c  # ! always-true-here
default -> default
