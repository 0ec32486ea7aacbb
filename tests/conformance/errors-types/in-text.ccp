when "a" in model -> a
when model in "abc" -> a
when stream in tools -> a
when tokens in 5 -> a
default -> ok
