when model == "a" -> a
default -> ok
when model == "b" -> b
default -> again
when model == "c" -> c
