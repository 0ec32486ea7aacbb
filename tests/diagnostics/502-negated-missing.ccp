when agent.class != "main" -> think
default -> default
