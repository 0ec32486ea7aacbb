let cache = session.requests == 0
when session.label == "think" and session.idle < 5 -> stays
when session.label in ["a", "b"] -> ab
when cache -> new
when session.spend > 20 -> spent
when cache.tokens > 50k -> warm
when has cache.tokens -> cold
when has session.requests -> old
when session.spend >= 0 -> little
default -> unknown
