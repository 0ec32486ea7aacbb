when all tools.called == "Bash" -> a
when none tools.called == "Bash" -> b
when any tools.called == "Bash" -> fine
when has tools.called and all tools.called == "Bash" -> c
when count(tools.called) > 0 and all tools.called == "Bash" -> fine
when count(tools.called) > 0 and none tools.called == "Bash" -> fine
default -> ok
