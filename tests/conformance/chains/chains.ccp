when model == "up" and 1k < max_tokens <= 60k -> yes
when model == "down" and 60k >= max_tokens > 1k -> yes
when model == "four" and 0 <= messages < turns <= 10 -> yes
when model == "sums" and 10 < max_tokens + 5 < 20 -> yes
when model == "five" and 1 < 2 < 3 < 4 < max_tokens -> yes
default -> no
