# CCP006: keywords are lower case: write when
When stream -> think
default -> default
