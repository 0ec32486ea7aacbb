include "parts/broken.ccp"
when big -> think
default -> default
