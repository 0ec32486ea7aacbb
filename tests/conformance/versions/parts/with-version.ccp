version 1
when model == "a" -> b
