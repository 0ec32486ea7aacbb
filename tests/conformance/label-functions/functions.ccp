let fits = header("x-let") == "yes"
let dear = cost(think)
when header("x-ask") == "fits" and fits(think) -> fits
when header("x-ask") == "not fits" and not fits("think") -> not_fits
when header("x-ask") == "healthy" and healthy(default) -> healthy
when header("x-ask") == "not healthy" and not healthy("odd label") -> not_healthy
when header("x-ask") == "quota" and quota(think) > 95 -> quota
when header("x-ask") == "not quota" and not (quota(think) >= 98) -> not_quota
when header("x-ask") == "cost" and dear < cost(gemini/2.5-pro) -> cost
when header("x-ask") == "sum" and cost(think) * 2 + 0.5 <= 1 -> sum
when header("x-ask") == "range" and cost(think) in 0.1..0.2 -> range
when header("x-ask") == "has" and has quota(think) -> has_quota
when header("x-ask") == "has cost" and has cost(think) -> has_cost
when header("x-ask") == "always" and has fits(think) and has healthy(think) -> has_both
when header("x-ask") == "one reader" and quota(think) == quota("think") -> one_reader
when header("x-ask") == "name" and fits -> quota
default -> healthy
