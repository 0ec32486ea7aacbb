when tokens > 60k -> a
when tokens <= 60k -> b
default -> default  # ! unreachable-default
