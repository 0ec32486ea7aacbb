when max_tokens + 1 > 0 -> sum
when max_tokens * 0 == 0 -> product
when 5 - max_tokens < 10 -> difference
when max_tokens + 1 != 2 -> unequal
default -> other
