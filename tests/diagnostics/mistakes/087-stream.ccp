# CCP006: statements need no semicolon
when stream; -> think
default -> default
