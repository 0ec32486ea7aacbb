include "parts/cycle.ccp"
default -> default
