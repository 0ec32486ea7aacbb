# CCP508: write tokens > 0
when has tokens -> think
default -> default
