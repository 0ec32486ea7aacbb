when model == "a" -> a
when model == "a" or model == "b" -> b  # ! never-true-here
default -> default
