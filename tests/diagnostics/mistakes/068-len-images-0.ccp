# CCP006: write count
when len(images) > 0 -> think
default -> default
