when modell == "a" -> b
include "parts/errors.ccp"
when user == stream -> c
default -> ok
