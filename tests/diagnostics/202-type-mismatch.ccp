when model == 5 -> think
when "main" == turns -> think
when tokens == "many"  -> think
default -> default
