when stream and (model == "x" or model in ["x", "y"]) -> a  # ! never-true-here
default -> default
