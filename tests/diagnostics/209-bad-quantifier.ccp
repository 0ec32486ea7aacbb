when any model == "a" -> think
when any tools > "a" -> think
default -> default
