when endpoint == "message" -> a  # ! never-true
default -> default
