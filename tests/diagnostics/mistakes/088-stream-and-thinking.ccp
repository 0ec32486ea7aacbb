# CCP006: keywords are lower case: write and
when stream AND thinking -> think
default -> default
