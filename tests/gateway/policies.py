"""Parts that the policies of these tests share."""

ROUTES = """
when header("x-route") == "think"                          -> think
when header("x-route") == "background"                     -> background because "asked for"
when header("x-route") == "o-think"                        -> o-think
when header("x-route") == "keep"                           -> keep
when header("x-route") == "reject"                         -> reject "not in this house"
when header("x-route") == "fallback"                       -> think fallback background fallback default
when header("x-route") == "o-fallback"                     -> o-think fallback o-background
when header("x-route") == "split"                          -> 50% think, 50% background by session
when header("x-route") == "keep-unless" and model == header("x-unless") -> reject "not that one"
when header("x-route") == "keep-unless"                    -> keep
when header("x-route") == "keep-public" and (prompt contains "secret" or system contains "secret") -> reject "secret"
when header("x-route") == "keep-public" and body("input") contains "secret" -> reject "secret"
when header("x-route") == "keep-public"                    -> keep
when header("x-route") == "keep-extra" and max_tokens == 7 and effort == "high" and "f" in tools
    and user == "u" and metadata("team") == "x"            -> reject "seen"
default                                                    -> default
"""
