# CCP006: write ["chat", "messages"]
when tokens > 5 and endpoint in ("chat", "messages") -> think
default -> default
