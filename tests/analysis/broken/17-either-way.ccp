when stream or not stream -> a  # ! always-true
when tokens > 5k -> b  # ! unreachable-rule
default -> default  # ! unreachable-default
