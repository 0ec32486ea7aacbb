when model == "a" -> 50% a, 50% a
when model == "b" -> 50% a, 25% b, 25% "a"
default -> ok
