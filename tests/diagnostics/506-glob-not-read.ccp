when model == "*haiku*" -> think
when model contains "*sonnet*" -> think
when model in ["gpt-5", "*fable*"] -> think
when model matches "opus" -> think
when model matches "gemini.*" -> think
when any tools == "mcp__*" -> think
default -> default
