when model == "c" -> d
version 1
