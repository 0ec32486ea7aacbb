# CCP203: write stream
when stream == true -> think
default -> default
