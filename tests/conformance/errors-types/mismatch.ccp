when model == 5 -> a
when tokens == "5" -> a
when tokens > 12:00 -> a
when time == 5 -> a
when weekday == "mon" -> a
when model in [1, 2] -> a
when tokens in ["a"] -> a
when tokens in 12:00..13:00 -> a
when time in 1..5 -> a
when weekday in 1..5 -> a
when weekday in [12:00] -> a
when model == time -> a
when tokens in tools -> a
when 5 in tools -> a
when any tools == 5 -> a
when any tools in [1, 2] -> a
when all tools == stream -> a
when 5 < tokens < time -> a
default -> ok
