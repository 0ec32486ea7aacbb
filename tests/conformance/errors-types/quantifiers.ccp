when any model == "a" -> a
when all tokens == 5 -> a
when none stream == true -> a
when any header("x") == "a" -> a
default -> ok
