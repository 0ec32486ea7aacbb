let x = body("x") + 0
when x == 0.1 -> tenth
when x + 0.2 == 0.4 -> two_tenths
when x == 1k -> thousand
when x == 5 -> five
when x == 9007199254740993 -> past_doubles
when x < 0 -> negative
when has body("x") and not (x < 0) and not (x >= 0) -> no_number
when has body("x") -> other
default -> missing
