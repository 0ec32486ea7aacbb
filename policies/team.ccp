# A policy for a team behind one proxy: who may use what, when, and a careful roll-out.

timezone "Europe/Berlin"

let secret = header("x-data-class") == "secret"
let batch  = any key.tags == "batch"
let quiet  = time in 20:00..06:00 or weekday in sat..sun

# What must not happen comes first.
when secret                 -> on_premises because "secret data stays in the house"
when key.budget_used >= 100 -> reject "this key has spent its budget: ask the platform team for more"
when batch and not quiet    -> reject "batch keys run from 20:00 to 06:00 and at weekends"

# Then what each kind of work needs.
when tokens > 150k                                         -> token_count fallback default
when batch                                                 -> background
when key.team == "research" and effort in ["xhigh", "max"] -> think fallback default
when key.team == "platform" and has session                -> 90% default, 10% canary by session fallback default
default                                                    -> default

assert when header("x-data-class") == "secret" -> only on_premises
assert when any key.tags == "batch"            -> never think, canary
