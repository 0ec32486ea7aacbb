# CCP101: if it is text, quote it: "plan"; the facts are listed by ccproxy facts
when mode == plan -> think
default -> default
