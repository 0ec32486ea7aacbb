version "1"
let x 5
let = 5
timezone Europe/Berlin
include other.ccp
assert model == "a" -> never b
assert when true -> b
assert when true -> never b c
predicate p "a.B"
predicate p = "a.B"(1, )
predicate p = "a.B"(model)
default a
default -> ok
