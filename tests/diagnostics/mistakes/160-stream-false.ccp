# CCP101: write false
when stream == FALSE -> think
default -> default
