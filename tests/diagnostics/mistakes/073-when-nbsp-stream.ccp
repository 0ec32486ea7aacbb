# CCP006: write a space
when stream -> think
default -> default
