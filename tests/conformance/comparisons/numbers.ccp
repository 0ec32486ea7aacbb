when model == "==" and max_tokens == 5 -> yes
when model == "!=" and max_tokens != 5 -> yes
when model == "<" and max_tokens < 5 -> yes
when model == "<=" and max_tokens <= 5 -> yes
when model == ">" and max_tokens > 5 -> yes
when model == ">=" and max_tokens >= 5 -> yes
when model == "literal left" and 5 < max_tokens -> yes
when model == "two facts" and max_tokens > thinking.budget -> yes
default -> no
