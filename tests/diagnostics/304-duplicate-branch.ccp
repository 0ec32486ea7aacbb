when stream -> 50% think, 50% think
default -> default
