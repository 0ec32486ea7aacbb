when time in 22:00..06:00 -> a
when time in 23:00..01:00 -> b  # ! unreachable-rule
default -> default
