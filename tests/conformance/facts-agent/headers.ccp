when agent.class == "subagent" and agent.type == "Explore" and has agent.id and agent.parent == "p" -> nested
when agent.class == "subagent" and agent.id == "a" -> subagent
when agent.class == "compaction" and compaction == "auto" -> compaction_auto
when agent.class == "compaction" -> compaction
when agent.class == "workflow" -> workflow
when agent.class == "auxiliary" -> auxiliary
when agent.class == "main" -> main
when has agent.class -> other_class
when has agent.type or has agent.id or has agent.parent or has compaction -> other
default -> missing
