when tokens > 60k -> a
when tokens > 200k -> b  # ! unreachable-rule
default -> default
