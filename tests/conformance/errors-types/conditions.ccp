let n = tokens + 1
when tokens -> a
when model -> a
when stream and tools -> a
when not tokens -> a
when n or stream -> a
when (header("x")) -> a
when count(tools) -> a
when "text" -> a
when 5 -> a
when time -> a
when not (stream and mon) -> a
when tokens + 5 -> a
assert when model -> never a
default -> ok
