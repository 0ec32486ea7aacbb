include "rules/simple.ccp"
when model == "b" -> b
include "rules/simple.ccp"
default -> c
