# CCP101: write true
when stream == True -> think
default -> default
