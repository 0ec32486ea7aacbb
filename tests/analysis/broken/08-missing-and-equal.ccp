when not has effort and effort == "max" -> a  # ! never-true
default -> default
