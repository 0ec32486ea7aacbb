when false -> nothing
when model == "a" or model == "b" and stream -> a_or_streaming_b
when not model == "c" and not stream -> neither
when stream -> streaming
when true -> always
when model == "z" -> unreachable
