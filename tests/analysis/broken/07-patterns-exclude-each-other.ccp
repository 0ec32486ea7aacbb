when model matches /^claude/ and model matches /^gpt/ -> a  # ! never-true
default -> default
