# CCP006: write "claude-*"
when model matches claude-* -> think
default -> default
