# CCP201: write any betas in ["x", "y"]
when any betas == "x" or "y" -> think
default -> default
