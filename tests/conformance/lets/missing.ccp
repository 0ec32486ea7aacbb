let big = max_tokens > 10
let sum = max_tokens + 1
let who = user
when big -> big
when not big and has model -> not_big
when sum != 5 and who != "ada" -> unequal
default -> other
