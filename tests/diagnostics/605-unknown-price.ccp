when cost(default) > 0.05 -> think
default                   -> default
