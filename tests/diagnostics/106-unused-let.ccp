let big = tokens > 100k
default -> default
