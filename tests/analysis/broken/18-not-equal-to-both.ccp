when model != "a" or model != "b" -> a  # ! always-true
default -> default  # ! unreachable-default
