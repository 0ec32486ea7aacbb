# CCP506: write client matches "claude-cli*"
when client == "claude-cli*" -> think
default -> default
