when model == "a" -> a
