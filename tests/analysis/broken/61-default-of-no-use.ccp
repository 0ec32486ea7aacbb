when tokens < 10k -> a  # ! redundant-rule
when tokens in 10k..60k -> b
when tokens >= 60k -> c
when tokens > 100k -> d  # ! unreachable-rule
default -> a
