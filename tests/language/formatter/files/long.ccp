let cheap = model in ["claude-haiku-4-5", "claude-3-5-haiku-latest", "gpt-4o-mini", "gemini-flash", "deepseek-chat"] # models
let models = [
 "a", # first
 # own
 "b"
 # last
]
let x = agent.class == "auxiliary" and count(tools) == 0 and (tokens < 20k or model matches "*haiku*" and not (effort in ["max"] or has compaction))
let y = agent.class == "auxiliary" and (count(tools) == 0 and messages > 3 or model matches "*haiku*" and not (effort in ["max"] or has compaction or mode == "plan"))
when agent.class == "auxiliary" and count(tools) == 0 and tokens < 20k and model matches "*haiku*" or effort == "max" and thinking -> background because "a long reason"
when agent.class == "auxiliary" and count(tools) == 0 and tokens < 20k and model matches "*haiku*" and speed == "fast" and effort == "low" or effort == "max" and thinking -> background
default -> 90% default, 10% canary by header("x-very-long-header-name") fallback default fallback claude-sonnet-4-5-20250929 fallback other
when not (cheap
  # first
  and x # second
 ) and model in models -> x
predicate vip = "team_rules.VipUser"(tier="gold", # metal
 other=3)
predicate long = "team_rules.LongListOfArguments"("first", "second", third="a long text that fills the line", fourth=4)
when tokens > 3 -> reject "this is a very long message that goes on and on and on and on and on and on and on and on, so much" because "x"
when tokens > 3 -> x because "this is a very long reason that goes on and on and on and on and on and on and on and on, so much so"
assert when has session -> never claude-sonnet-4-5-20250929, claude-opus-4-5-20251101, claude-haiku-4-5-20251001, gemini/2.5-pro, other
