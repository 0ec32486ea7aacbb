when model == "a" -> b
default -> reject "only a"
