when model == "a -> b
when model == "ends with a backslash\" -> b
when model == "a
b" -> c
when header("x-team) == "a" -> b
default -> "ok
