default -> default
default -> think
