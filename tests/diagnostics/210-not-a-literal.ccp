when model matches prompt -> think
default -> default
