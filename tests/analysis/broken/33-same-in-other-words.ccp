when effort == "max" and stream -> a
when stream and not (effort != "max") -> b  # ! duplicate-rule
default -> default
