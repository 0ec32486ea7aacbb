when prompt matches /(deploy/ -> think
default -> default
