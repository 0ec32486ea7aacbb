# CCP508: write images > 0
when has images -> think
default -> default
