# Errors name the file they are in.
when usr == "a" -> b
