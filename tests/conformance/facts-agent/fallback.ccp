when agent.class == "subagent" -> subagent
when agent.class == "auxiliary" -> auxiliary
when agent.class == "main" -> main
when has agent.class -> other
default -> missing
