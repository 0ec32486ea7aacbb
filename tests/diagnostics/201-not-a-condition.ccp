when tokens -> think
when model -> think
default -> default
