when session == "s-1" -> one
when session == "s-2" -> two
when has session -> other
default -> missing
