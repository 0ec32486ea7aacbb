# CCP201: write count(tools) > 0, or any tools == "…"
when tools -> think
default -> default
