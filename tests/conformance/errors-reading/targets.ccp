when true -> a because b
when true -> a fallback -> b
when true -> a, b
when true -> reject
when true -> reject a
when true -> keep a
when true -> 50%
when true -> 50% a, b
when true -> 50% a, 50% b by
when true -> a by session
when true -> a-> b
when true
default -> ok
