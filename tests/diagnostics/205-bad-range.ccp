when model in "a".."b" -> think
default -> default
