when model == "a" -> 90% a, 20% b
when model == "b" -> 90% a, 5% b
when model == "c" -> 0% a, 100% b
when model == "d" -> 33.33% a, 33.33% b, 33.33% c
when model == "e" -> 50% a
when model == "f" -> 200% a
when model == "g" -> 33.4% a, 33.3% b, 33.3% c
default -> ok
