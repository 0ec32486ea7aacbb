# all: every element
when model == "equal" and all tools == "Bash" -> holds
when model == "unequal" and all tools != "Bash" -> holds
when model == "listed" and all tools in ["Bash", "Edit"] -> holds
when model == "unlisted" and all tools not in ["Bash", "Edit"] -> holds
when model == "glob" and all tools matches "mcp__*" -> holds
when model == "pattern" and all tools matches /^mcp__|File$/ -> holds
when model == "contains" and all tools contains "ash" -> holds
when model == "starts" and all tools starts with "Web" -> holds
when model == "ends" and all tools ends with "Edit" -> holds
when model == "tools called" and all tools in tools.called -> holds
default -> fails
