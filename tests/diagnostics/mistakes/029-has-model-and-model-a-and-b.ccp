# CCP201: write model not in ["a", "b"]
when has model and model != "a" and "b" -> think
default -> default
