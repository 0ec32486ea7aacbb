timezone "Europe/Berlin"
when time == 00:10 and weekday == mon -> monday_morning
when time == 23:10 and weekday == sun -> sunday_night
when time == 01:00 -> one
when time == 02:30 -> half_past_two
when time == 03:00 -> three
when time == 14:00 -> two_o_clock
default -> other
