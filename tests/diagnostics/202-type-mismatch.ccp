when model == 5 -> think
when "main" == turns -> think
default -> default
