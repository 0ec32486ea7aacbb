# any: some element
when model == "equal" and any tools == "Bash" -> holds
when model == "unequal" and any tools != "Bash" -> holds
when model == "listed" and any tools in ["Bash", "Edit"] -> holds
when model == "unlisted" and any tools not in ["Bash", "Edit"] -> holds
when model == "glob" and any tools matches "mcp__*" -> holds
when model == "pattern" and any tools matches /^mcp__|File$/ -> holds
when model == "contains" and any tools contains "ash" -> holds
when model == "starts" and any tools starts with "Web" -> holds
when model == "ends" and any tools ends with "Edit" -> holds
when model == "tools called" and any tools in tools.called -> holds
default -> fails
