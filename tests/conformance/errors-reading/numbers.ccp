when tokens > 60K -> a
when tokens > 1__0 -> a
when tokens > 5_ -> a
when tokens > 60kand true -> a
when tokens > 0x10 -> a
when tokens > 1k5 -> a
when tokens > 5kk -> a
when tokens > 1e6 -> a
when tokens > 5GB -> a
when tokens > 1.5m -> a
when tokens > 1_000k_ -> a
when tokens in 1..60K -> a
when tokens > 2.5_0 -> a
default -> ok
