when model == "*haiku*" -> a
when "claude-*" != model -> a
when model contains "*haiku*" -> a
when model starts with "claude-*" -> a
when model in ["gpt-5", "*haiku*"] -> a
when any tools == "mcp__*" -> a
when model matches "haiku" -> a
when model matches "haiku.*" -> a
when model matches "^claude-*" -> a
when client matches "*cli$" -> a
when model matches "*haiku*" -> fine
when model matches "us.*" -> fine
when model matches "claude-3.*" -> fine
when model matches "claude-haiku-4-5" -> fine
when any tools matches "Bash" -> fine
when key.alias matches "legal" -> fine
when header("accept") == "text/*" -> fine
when body("pattern") contains "*.py*" -> fine
when prompt contains "**important**" -> fine
when prompt matches "*cost? *$*" -> fine
when model == "*" -> fine
when any tools == "a*b" -> fine
default -> ok
