when any tools.types == "custom" -> a  # ! never-true
default -> default
