when tokens > .5 -> a
when tokens > 5. -> a
default -> ok
