when modell == "a" -> b
when model == "a" and (tokens > tokns or stream) -> b
when any toolz matches "x*" -> b
when count(tols) > 1 -> b
when has agent.klass -> b
when agent == "a" -> b
when key.name == "a" -> b
when tokens.total > 5 -> b
when model == haiku -> b
when tokens in low..5 -> b
when session == "a" -> 50% a, 50% b by sesion
assert when nope -> never a
default -> ok
