when model == "a" -> b
version 1
default -> ok
