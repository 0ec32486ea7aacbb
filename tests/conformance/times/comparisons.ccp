when time == 12:00 -> noon
when time in [13:00, 14:00] -> listed
when 06:00 <= time < 09:00 -> morning
when time >= 22:00 -> late
when 05:00 > time -> early
when time != 11:00 and has time -> other
when has time -> eleven
when time != 11:00 -> missing
default -> never_here
