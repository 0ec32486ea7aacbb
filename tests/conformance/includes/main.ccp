version 1
let huge = tokens > 200k
when model == "first" -> main_first
include "rules/secret.ccp"
when team_is_research and model == "after" -> main_after
include "rules/deep/inner.ccp"
when model == "last" -> main_last
default -> main_default
