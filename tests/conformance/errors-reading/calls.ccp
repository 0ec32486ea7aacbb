when header(x) == "a" -> b
when header() == "a" -> b
when header("a", "b") == "a" -> b
when header "a" == "b" -> b
when count() > 1 -> b
default -> ok
