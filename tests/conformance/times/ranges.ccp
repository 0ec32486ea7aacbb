when model == "night" and time in 22:00..06:00 -> inside
when model == "office" and time in 09:00..17:00 -> inside
when model == "evening" and time in 18:00..24:00 -> inside
when model == "all day" and time in 00:00..24:00 -> inside
when model == "equal" and time in 12:00..12:00 -> inside
when model == "from midnight" and time in 00:00..06:00 -> inside
when model == "to midnight" and time in 22:00..00:00 -> inside
when model == "not night" and time not in 22:00..06:00 -> inside
when model == "minute" and time in 08:59..09:00 -> inside
default -> outside
