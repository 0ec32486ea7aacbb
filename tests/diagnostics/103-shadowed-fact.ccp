let tokens = 5
when stream -> think
default -> default
