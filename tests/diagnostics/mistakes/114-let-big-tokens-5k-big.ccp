# CCP006: write =
let big == tokens > 5k
when big -> think
default -> default
