when headers("x") == "a" -> b
when lower("x") == "a" -> b
when model("x") == "a" -> b
default -> ok
