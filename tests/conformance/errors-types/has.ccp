let big = tokens > 5
when has (tokens > 5) -> a
when has 5 -> a
when has "a" -> a
when has big -> a
when has count(tools) -> a
when has true -> a
when has (model) and big -> fine
default -> ok
