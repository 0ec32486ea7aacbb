include "parts/default.ccp"
when model == "a" -> b
default -> ok
