# CCP506: write any tools matches "mcp__*"
when any tools == "mcp__*" -> think
default -> default
