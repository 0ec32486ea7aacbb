when header("x") != "a" -> a
when header("x") not in ["a", "b"] -> a
when not header("x") == "a" -> a
when not (body("n") > 5) -> a
when has header("x") and header("x") != "a" -> fine
when has header("x") and not header("x") == "a" -> fine
when tokens != 5 -> fine
when count(tools) != 5 -> fine
when header("x") == "a" -> fine
default -> ok
