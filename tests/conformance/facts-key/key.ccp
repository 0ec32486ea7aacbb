when key.alias == "ci" -> alias
when key.team == "research" -> team
when key.user == "ada" -> user
when key.org == "acme" -> org
when any key.tags == "gold" -> gold
when has key.tags and count(key.tags) == 0 -> no_tags
when key.budget_used >= 80 -> nearly_used
when key.spend > 100 and not has key.budget -> unlimited
when has key.budget_used -> budget_used
when has key.budget -> budget
when has key.spend -> spend
default -> missing
