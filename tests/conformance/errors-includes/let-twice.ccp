let big = tokens > 5
include "parts/let.ccp"
when big -> a
default -> ok
