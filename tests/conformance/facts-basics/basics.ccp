when model == "claude" -> claude
when model == "" -> empty_model
when stream and has model -> stream_model
when stream -> stream
when has stream -> no_stream
when max_tokens == 5 -> five
when max_tokens == 0 -> zero
when has max_tokens -> other_max
when has model -> other_model
default -> nothing
