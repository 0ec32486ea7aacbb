let huge = 1_000_000_000_000_000_000_000_000_000_000_000_000_000_000
let limit = 4_000_000_000_000_000_000_000_000_000_000_000_000_000
when tokens * 3 * limit > 1 -> think
when tokens > 0.0000000000000000000001 -> think
default -> default
