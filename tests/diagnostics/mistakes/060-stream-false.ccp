# CCP203: write not stream
when stream == false -> think
default -> default
