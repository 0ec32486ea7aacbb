version 2
default -> default
