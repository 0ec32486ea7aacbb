# CCP101: if it is text, quote it: "claude-haiku-4-5"; the facts are listed by ccproxy facts
when model == claude-haiku-4-5 -> think
default -> default
