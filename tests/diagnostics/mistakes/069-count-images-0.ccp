# CCP203: write images, without count
when count(images) > 0 -> think
default -> default
