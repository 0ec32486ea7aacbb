when cost(think) < cost(default) -> think
default                          -> default
