when tokens > 200.000 -> think
when max_tokens in 1.000..5.000 -> think
when key.budget_used > 99.5 -> default
default -> default
