version 2
default -> ok
