when 06:00 in 22:00..time -> day
when time in 07:00..21:00 -> b  # ! unreachable-rule
when tue in wed..weekday -> c
when weekday == mon -> d
default -> default
