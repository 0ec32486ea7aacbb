include "parts/nowhere.ccp"
include ""
include "parts"
default -> ok
