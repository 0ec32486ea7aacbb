# CCP201: write model in ["a", "b"]
when model == "a" or "b" -> think
default -> default
