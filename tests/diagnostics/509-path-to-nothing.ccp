when body("messages.-1.content") contains "deploy" -> think
when body("messages.-2.role") == "tool" -> think
when any body("*.role") == "tool" -> think
when any body("messages") == "deploy" -> default
default -> default
