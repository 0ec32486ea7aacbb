whenever model == "a" -> b
default -> c
