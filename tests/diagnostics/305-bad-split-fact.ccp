when stream -> 50% think, 50% default by tokens
default -> default
