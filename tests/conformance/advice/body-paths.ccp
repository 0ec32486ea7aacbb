when body("messages.-1.role") == "a" -> a
when any body("messages") == "a" -> a
when "a" in body("tools") -> a
when "a" in body("messages.*") -> a
when count(body("contents")) > 1 -> a
when has body("*.a") -> a
when body("input.-12.a") == "a" -> a
when 50 < body("n.-1") -> a
when stream -> 50% a, 50% b by body("messages.-1.id")
when any body("messages.*.role") == "a" -> fine
when any body("stop") == "a" -> fine
when any body("input") == "a" -> fine
when body("messages.last.role") == "a" -> fine
when body("a.-b") == "a" -> fine
when any body("a.messages") == "a" -> fine
when "a" in tools -> fine
when has body("messages") -> fine
default -> ok
