let x = body("a")
when body("a") == body("b") -> a
when body("a") != body("b") -> a
when body("flag") and body("n") > 5 -> fine
when x == 5 -> a
default -> ok
