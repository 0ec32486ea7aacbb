when model == "a" -> b
