let who = user
when model == "a" -> 50% a, 50% b by tokens
when model == "b" -> 50% a, 50% b by tools
when model == "c" -> 50% a, 50% b by "x"
when model == "d" -> 50% a, 50% b by who
when model == "e" -> 50% a, 50% b by stream
when model == "f" -> 50% a, 50% b by time
when model == "g" -> 50% a, 50% b by count(tools)
when model == who -> 50% a, 50% b by user
default -> ok
