# CCP006: write and
when stream && thinking -> think
default -> default
