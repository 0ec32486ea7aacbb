when model not in ["a", "b"] -> out
default -> "in"
