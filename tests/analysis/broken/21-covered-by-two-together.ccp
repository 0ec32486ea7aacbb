when tokens > 50k and effort == "max" -> a
when tokens < 80k -> b
when stream and effort == "max" -> c  # ! unreachable-rule
default -> default
