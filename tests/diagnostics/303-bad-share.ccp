when stream -> 90% think, 20% default
default -> default
