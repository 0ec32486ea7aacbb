when not (stream and has stream) -> a  # ! always-true-here
default -> default
