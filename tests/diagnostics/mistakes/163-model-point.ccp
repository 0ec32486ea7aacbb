# CCP101: if it is text, quote it: "gpt-4.1"; the facts are listed by ccproxy facts
when model == gpt-4.1 -> think
default -> default
