# CCP506: write "claude-"
when model starts with "claude-*" -> think
default -> default
