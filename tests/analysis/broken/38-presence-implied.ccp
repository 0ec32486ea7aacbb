when has effort and effort == "max" -> a  # ! always-true-here
default -> default
