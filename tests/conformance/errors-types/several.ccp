# The first error of types in each statement is told.
when tokens and model -> a
when model == 5 or tokens == "5" -> a
default -> ok
