# CCP203: write any tools == "Bash", or "Bash" in tools
when tools == "Bash" -> think
default -> default
