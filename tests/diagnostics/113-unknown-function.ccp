when heder("x-a") == "b" -> think
default -> default
