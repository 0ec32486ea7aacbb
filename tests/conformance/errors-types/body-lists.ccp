let roles = body("messages.*.role")
when any roles == "tool" -> fine
when body("a.*") == "x" -> a
when body("a.*") contains "x" -> a
when body("a.*") > 5 -> a
when body("a.*") -> a
when body("a.*.b") in ["x"] -> a
when 1 + body("a.*") > 5 -> a
when "x" contains body("a.*") -> a
when stream -> 50% a, 50% b by body("a.*.b")
default -> ok
