when key.team == "research" -> 50% default, 50% think
when has session and effort == "high" -> 90% default, 10% think by session
when stream or thinking -> 10% default, 90% think by header("X-Canary") fallback default
when not has user -> think
when has model -> 90% default, 10% think by user
when session starts with "a" -> 90% default, 10% think
default -> 90% default, 10% think by session fallback think
