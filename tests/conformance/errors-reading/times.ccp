when time == 25:00 -> a
when time == 7:30 -> a
when time == 12:60 -> a
when time == 24:00 -> a
when time in 24:00..06:00 -> a
when time in [12:00, 24:00] -> a
when time in 22:00..24:01 -> a
when time == 012:00 -> a
when time == 12:000 -> a
when time < 12:5 -> a
when time in 18:00..24:00 -> fine
default -> ok
