include "cycle.ccp"
include "parts/one.ccp"
default -> ok
