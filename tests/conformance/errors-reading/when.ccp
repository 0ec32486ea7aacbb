when model == "a" b
when -> a
when model = "a" -> b
when model == "a" => b
when stream && true -> b
when (stream -> b
when stream) -> b
when any tools -> a
when has -> a
when model == 'a' -> b
when model in ["a",] -> b
when count tools > 1 -> b
when tokens > -5 -> b
when model starts "a" -> b
when model == -> b
when model "a" -> b
when not -> b
when tokens + * 2 > 1 -> b
when model is "a" -> b
when model in 1.. -> b
default -> ok
