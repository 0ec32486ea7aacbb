when big -> think
let big = tokens > 100k
default -> default
