include "parts/syntax.ccp"
default -> ok
