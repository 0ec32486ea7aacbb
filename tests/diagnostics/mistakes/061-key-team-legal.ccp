# CCP101: if it is text, quote it: "legal"; the facts are listed by ccproxy facts
when key.team == legal -> think
default -> default
