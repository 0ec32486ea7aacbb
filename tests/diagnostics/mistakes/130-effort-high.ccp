# CCP101: if it is text, quote it: "high"; the facts are listed by ccproxy facts
when effort == high -> think
default -> default
