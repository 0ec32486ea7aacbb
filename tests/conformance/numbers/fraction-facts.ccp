when key.spend > 10.25 -> over
when key.budget_used >= 99.5 -> nearly_used
when key.spend == 0.3 -> thirty_cents
when has key.budget_used -> has_budget
default -> other
