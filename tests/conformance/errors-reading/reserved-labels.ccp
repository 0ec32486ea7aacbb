when true -> and
when true -> matches
when true -> fallback
when true -> a fallback keep
when true -> 50% a, 50% reject
when true -> mon
when true -> true
when true -> count
when true -> never
when true -> a fallback because
assert when true -> never by
assert when true -> only a, only
default -> with
