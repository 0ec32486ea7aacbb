when model == "a" -> b
default -> c
