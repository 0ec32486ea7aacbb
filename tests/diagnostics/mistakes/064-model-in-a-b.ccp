# CCP006: write ["a", "b"]
when model in ("a", "b") -> think
default -> default
