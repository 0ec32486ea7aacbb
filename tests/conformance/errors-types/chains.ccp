when 1 < tokens > 0 -> a
when 5 == tokens == 5 -> a
when 1 < tokens == 5 -> a
when 1 <= tokens >= messages -> a
when tokens != 5 != 6 -> a
when 1 < tokens <= 5 -> fine
default -> ok
