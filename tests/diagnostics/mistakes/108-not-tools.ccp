# CCP201: write count(tools) > 0, or any tools == "…"
when not tools -> think
default -> default
