when model matches "*[1m]" -> a
when model matches "claude-opus-5-5[1m]" -> a
when model matches "[a-c]\"[[]x[200k]*" -> a
when any tools matches "mcp__[fast]" -> a
when none tools.types matches "*-[free]*" and count(tools.types) > 0 -> a
when model matches "claude-opus-[4-6]" -> fine
when model matches "claude-opus-[456]" -> fine
when model matches "claude-[abc]*" -> fine
when model matches "claude-[!1m]" -> fine
when model matches "claude-[a-m]" -> fine
when model matches "claude-[xy]" -> fine
when model matches "claude[1m]-x" -> fine
when model matches "[1m]" -> fine
when model matches "claude-opus-5-5[[]1m]" -> fine
when model matches "x[[[1m]" -> fine
when model matches /claude[1m]/ -> fine
when model == "claude-opus-5-5[1m]" -> fine
when model ends with "[1m]" -> fine
default -> ok
