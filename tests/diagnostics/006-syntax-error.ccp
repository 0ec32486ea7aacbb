when tokens > 5k => think
when model matches "a*" think
default -> default
