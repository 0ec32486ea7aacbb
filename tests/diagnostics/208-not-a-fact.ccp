let big = tokens > 100k
when has big -> think
default -> default
