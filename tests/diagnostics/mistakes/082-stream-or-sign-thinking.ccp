# CCP006: write or
when stream || thinking -> think
default -> default
