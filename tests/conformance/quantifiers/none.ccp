# none: no element
when model == "equal" and none tools == "Bash" -> holds
when model == "unequal" and none tools != "Bash" -> holds
when model == "listed" and none tools in ["Bash", "Edit"] -> holds
when model == "unlisted" and none tools not in ["Bash", "Edit"] -> holds
when model == "glob" and none tools matches "mcp__*" -> holds
when model == "pattern" and none tools matches /^mcp__|File$/ -> holds
when model == "contains" and none tools contains "ash" -> holds
when model == "starts" and none tools starts with "Web" -> holds
when model == "ends" and none tools ends with "Edit" -> holds
when model == "tools called" and none tools in tools.called -> holds
default -> fails
