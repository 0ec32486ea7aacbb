version 1.5
default -> ok
