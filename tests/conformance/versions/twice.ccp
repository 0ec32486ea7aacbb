version 1
version 1
default -> ok
