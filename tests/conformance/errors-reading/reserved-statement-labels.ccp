when true -> when
when true -> a fallback let
when true -> include
when true -> 50% assert, 50% b
when true -> timezone
when true -> predicate
when true -> version
default -> ok
