let x = default
when model == keep -> a
when has reject -> a
when tokens > by -> a
when (only) -> a
default -> ok
