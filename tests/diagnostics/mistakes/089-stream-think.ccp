# CCP006: write ->
when stream → think
default -> default
