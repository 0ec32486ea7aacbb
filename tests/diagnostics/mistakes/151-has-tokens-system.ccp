# CCP508: write tokens.system > 0
when has tokens.system -> think
default -> default
