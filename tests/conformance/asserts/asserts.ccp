when model == "a" -> a fallback b
when model == "s" -> 50% c, 50% d by user
assert when model == "a" -> never c, "d"
assert when model == "a" -> only a, b, default
when model == "k" -> keep
assert when model == "x" or
  tokens > 5 -> never nothing
default -> other
assert when true -> never "not there"
