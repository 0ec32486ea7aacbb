when tokens >= 0 -> a  # ! always-true
default -> default  # ! unreachable-default
