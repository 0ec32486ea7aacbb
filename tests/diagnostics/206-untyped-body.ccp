let x = body("a.b")
when body("a") == body("b") -> think
default -> default
