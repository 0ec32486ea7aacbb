when has prompt and turns == 0 -> a  # ! never-true
when has key.budget_used and not has key.spend -> b  # ! never-true
when has prompt and messages > 0 -> c
default -> default
