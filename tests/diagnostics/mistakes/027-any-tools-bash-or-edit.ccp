# CCP201: write any tools in ["Bash", "Edit"]
when any tools == "Bash" or "Edit" -> think
default -> default
