when stream => think
when stream ==> think
when tokens > 5k --> think
when tokens =< 5k -> think
when tokens => 5k -> think
when effort <> "max" -> think
when effort !== "max" -> think
when effort === "max" -> think
when model =~ "claude-*" -> think
when model ~= "claude-*" -> think
when model !~ "claude-*" -> think
when stream &&!thinking -> think
when stream || thinking -> think
when tokens >-5 -> think
when tokens ≥ 5k -> think
when stream → think
when stream - think
when -> think
let big == tokens > 5k
default = default
default == default
