when stream == true -> think
when model > "a" -> think
default -> default
