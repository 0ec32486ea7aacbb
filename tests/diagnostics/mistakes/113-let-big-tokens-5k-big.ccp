# CCP104: write big
let Big = tokens > 5k
when Big -> think
default -> default
