# CCP201: write agent.class in ["compact", "main"]
when agent.class == "compact" or "main" -> think
default -> default
