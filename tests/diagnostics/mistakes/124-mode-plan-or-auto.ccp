# CCP201: write mode in ["plan", "auto"]
when mode == "plan" or "auto" -> think
default -> default
