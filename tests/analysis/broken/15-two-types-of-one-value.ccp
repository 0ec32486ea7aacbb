when body("x.y") == 3 and body("x.y") == "three" -> a  # ! never-true
default -> default
