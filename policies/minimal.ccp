# The smallest policy worth having: long contexts to the long window, chores to the cheap model.

when tokens > 150k                                    -> token_count
when agent.class == "auxiliary" and count(tools) == 0 -> background
default                                               -> default
