when has tokens -> a  # ! always-true
default -> default  # ! unreachable-default
