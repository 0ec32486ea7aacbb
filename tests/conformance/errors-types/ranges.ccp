when model in "a".."b" -> a
when tokens in 1.."b" -> a
when time in 12:00..5 -> a
when weekday in mon..12:00 -> a
when stream in false..true -> a
when tokens in 1..5 -> fine
default -> ok
