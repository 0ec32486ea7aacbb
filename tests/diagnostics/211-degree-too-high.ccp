let square = tokens * tokens
let fourth = square * (square + 1)
when fourth * fourth * max_tokens > 1M -> think
default -> default
