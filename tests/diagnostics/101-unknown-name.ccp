when tokns > 5k -> think
when agent.kind == "main" -> think
default -> default
