when stream == true -> a
when tools == betas -> a
when tools != betas -> a
when model < "b" -> a
when weekday < fri -> a
when stream >= stream -> a
when tokens contains "5" -> a
when tools contains "Bash" -> a
when model contains 5 -> a
when tokens matches "5*" -> a
when tools matches "B*" -> a
when model starts with 5 -> a
when stream ends with "e" -> a
when model + 1 > 5 -> a
when 1 + model > 5 -> a
when tokens * time > 5 -> a
when tokens - "5" > 5 -> a
when count(model) > 5 -> a
when count(5) > 5 -> a
when has stream == true -> a
when (tokens > 5) == true -> a
when any tools contains 5 -> a
default -> ok
