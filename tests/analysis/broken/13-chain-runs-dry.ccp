when 100k < tokens <= 60k -> a  # ! never-true
default -> default
