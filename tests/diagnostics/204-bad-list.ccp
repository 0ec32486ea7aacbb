when model in [] -> think
when model in ["a", 5] -> think
default -> default
