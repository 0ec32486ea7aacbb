# CCP508: write images.latest > 0
when has images.latest -> think
default -> default
