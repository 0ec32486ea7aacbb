# Comments may stand before.
version 1
when model == "a" -> b
default -> c
