when model == "two" -> b
include "one.ccp"
