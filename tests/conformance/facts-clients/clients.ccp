when agent.class == "compaction" and compaction == "auto" -> compaction_auto
when agent.class == "compaction"                          -> compaction
when agent.class == "subagent"
    and agent.type == "review"
    and agent.id == "t"
    and agent.parent == "p"
    -> review
when agent.class == "subagent" and agent.id == "own" and agent.parent == "p" -> opencode_subagent
when agent.class == "subagent"                  -> subagent
when agent.class == "auxiliary"                 -> auxiliary
when agent.class == "main" and "inner" in tools -> main_inner
when agent.class == "main"                      -> main
when prompt == "typed"                          -> typed
when images == 2                                -> two_images
when session == "s"                             -> session
default                                         -> default
