let big = tokens > 60k
when big -> a
when big and tokens > 100k -> b  # ! unreachable-rule
default -> default
