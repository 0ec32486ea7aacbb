when model == "a" -> a
include "rules/ending.ccp"
assert when true -> only a, end
