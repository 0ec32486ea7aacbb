let big = tokens > 100k
let big = tokens > 200k
when big -> think
default -> default
