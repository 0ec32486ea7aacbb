include "parts/lets"
default -> default
