# CCP201: write output.format in ["a", "b"]
when output.format == "a" or "b" -> think
default -> default
