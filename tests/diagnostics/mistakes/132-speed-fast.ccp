# CCP101: if it is text, quote it: "fast"; the facts are listed by ccproxy facts
when speed == fast -> think
default -> default
