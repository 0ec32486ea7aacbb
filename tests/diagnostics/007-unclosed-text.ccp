when model == "opus -> think
default -> default
