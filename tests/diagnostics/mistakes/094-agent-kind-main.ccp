# CCP101: write one of agent.class, agent.type, agent.id, agent.parent
when agent.kind == "main" -> think
default -> default
