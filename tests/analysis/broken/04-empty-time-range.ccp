when time in 22:00..22:00 -> a  # ! never-true
default -> default
