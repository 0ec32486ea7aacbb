# CCP507: did you mean "subagent"? the values are main, subagent, workflow, compaction, auxiliary
when agent.class == "Subagent" -> think
default -> default
