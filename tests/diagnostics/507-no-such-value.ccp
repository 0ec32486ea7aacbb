when has agent.class and agent.class != "compacton" -> think
when effort == "hihg" -> think
when thinking.type == "enable" -> think
when endpoint in ["chat", "response", "nothing like it"] -> think
default -> default
