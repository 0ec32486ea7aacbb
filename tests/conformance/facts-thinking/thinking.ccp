when thinking and thinking.type == "enabled" and thinking.budget > 10k -> long_budget
when thinking and thinking.type == "enabled" -> enabled
when thinking and thinking.type == "adaptive" -> adaptive
when thinking and has thinking.type -> strange
when thinking -> effort
when has thinking and thinking.type == "disabled" -> disabled
when has thinking.type -> other_type
when has thinking.budget -> budget_alone
when has thinking -> no_effort
default -> missing
