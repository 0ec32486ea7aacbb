when endpoint == "count_tokens"                 -> think
when endpoint in ["count_tokens", "compact"]    -> default
default                                         -> default
