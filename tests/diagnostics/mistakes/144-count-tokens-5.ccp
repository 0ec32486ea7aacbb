# CCP203: write tokens, without count
when count(tokens) > 5 -> think
default -> default
