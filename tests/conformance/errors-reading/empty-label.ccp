when true -> ""
when true -> a fallback ""
assert when true -> never ""
default -> ok
