when model = "a" -> b
