# CCP507: did you mean "compaction"? the values are main, subagent, workflow, compaction, auxiliary
when has agent.class and agent.class != "compacton" -> think
default -> default
