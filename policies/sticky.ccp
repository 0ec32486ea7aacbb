# Keep a conversation where it is while that pays, leave before a limit is hit, and give each session a budget.
# What the proxy remembers of conversations and providers is in session.…, cache.tokens, quota(…) and healthy(…). A limit that no answer told
# of is missing, and no comparison with it holds: a bound that should hold then is written with not.

# What must not happen comes first.
when session.spend > 20 -> reject "this session has spent $20: start a new one, or ask for more"

# A subscription that is nearly used up, or a provider that fails, is left before it refuses.
when (quota(default) >= 98 or not healthy(default)) and fits(background) -> background
    because "the limits of default are nearly used up, or it fails"

# The long window: in at 150k tokens, out again at 120k, so that a conversation near the bound doesn't go to and fro.
when tokens > 150k                                    -> token_count because "the conversation needs the long window"
when session.label == "token_count" and tokens > 120k -> token_count
    because "out of the long window only where it is much shorter"

# A turn is finished by the model that began it; after that a warm prompt cache is worth more than another model.
when turn.step > 0                           -> stay fallback default because "a turn is finished by the model that began it"
when cache.tokens > 50k and session.idle < 5 -> stay fallback default because "the prompt cache is warm"

# Then what each kind of work needs.
when agent.class == "auxiliary" and count(tools) == 0 -> background
when effort in ["xhigh", "max"]                       -> think
default                                               -> default
