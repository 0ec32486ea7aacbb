when model == "a" and model == "b" -> a  # ! never-true
default -> default
