when stream or has model and tokens > 5 -> a
when (stream or has model) and tokens > 5 -> fine
when stream or (has model and tokens > 5) -> fine
when stream and has model or tokens > 5 -> b
when stream or has model or tokens > 5 -> fine
default -> ok
