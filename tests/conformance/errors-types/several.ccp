# Several errors of types in a statement are all told, in order.
when tokens and model -> a
when model == 5 or tokens == "5" -> a
default -> ok
