# CCP006: write "claude-haiku*"
when model matches claude-haiku* -> think
default -> default
