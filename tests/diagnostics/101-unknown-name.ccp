when tokns > 5k -> think
when agent.kind == "main" -> think
when agent.clas == "main" -> think
when agents.class == "main" -> think
when agent == "main" -> think
when tokens.total > 5 -> think
when key.taem == "a" -> think
default -> default
