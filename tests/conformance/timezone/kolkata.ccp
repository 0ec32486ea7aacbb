when time == 17:30 and weekday == sun -> half_past_five
when time == 00:15 and weekday == mon -> after_midnight
timezone "Asia/Kolkata"
default -> other
