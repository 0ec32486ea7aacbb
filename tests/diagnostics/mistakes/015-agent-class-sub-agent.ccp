# CCP507: did you mean "subagent"? the values are main, subagent, workflow, compaction, auxiliary
when agent.class == "sub-agent" -> think
default -> default
