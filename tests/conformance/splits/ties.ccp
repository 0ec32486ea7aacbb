when user == "x" -> never_used
default -> 20% a, 40% b, 40% c by header("x")
