when model == "a" -> b
default -> keep
