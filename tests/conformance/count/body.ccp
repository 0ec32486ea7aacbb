let n = count(body("names"))
when n == 2 -> two
when n == 0 and has body("names") -> nothing
when count(tools.called) >= 2 -> called
default -> other
