# CCP201: write key.team in ["a", "b", "c"]
when key.team == "a" or "b" or "c" -> think
default -> default
