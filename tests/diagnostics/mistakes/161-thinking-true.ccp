# CCP101: write true
when thinking == TRUE -> think
default -> default
