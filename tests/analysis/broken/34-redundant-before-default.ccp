when effort == "low" -> default  # ! redundant-rule
default -> default
