when model == "range" and max_tokens in 1k..60k -> yes
when model == "equal ends" and max_tokens in 5..5 -> yes
when model == "turned ends" and max_tokens in 10..5 -> yes
when model == "not in" and max_tokens not in 1k..60k -> yes
when model == "expressions" and max_tokens + 1 in messages * 10..messages * 10 + turns -> yes
when model == "fractions" and max_tokens in 0.5..1.5 -> yes
when model == "tight" and max_tokens in 1..5 -> yes
when model == "body" and body("n") in 1..messages -> yes
when model == "count" and count(tools) in 1..3 -> yes
default -> no
