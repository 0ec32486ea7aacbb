when tokens > 200.000 -> a
when max_tokens in 1.000..20.000 -> a
when tokens > 1.5 -> fine
when tokens > 2.00 -> fine
when tokens > 0.000 -> fine
when key.spend > 20.0000 -> fine
when tokens > 1.500 -> fine
when tokens > 200_000 -> fine
default -> ok
