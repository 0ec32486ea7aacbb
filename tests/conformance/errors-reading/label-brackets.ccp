when stream   -> claude-opus-5-5[1m]
when thinking -> a fallback claude-opus-5-5[1m]
when images > 0 -> 50% claude-opus-5-5[1m], 50% b
assert when stream -> never a, claude-opus-5-5[1m]
when documents > 0 -> "claude-opus-5-5[1m]" fallback "b[]"
when model == claude-opus-5-5[1m] -> a
default -> ok
when effort == "max" -> "claude-opus"[1m]
when tokens > 5[1m] -> a
when any tools[0] == "x" -> a
