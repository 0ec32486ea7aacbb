when stream -> think
default -> default
