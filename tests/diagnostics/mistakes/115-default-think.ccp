# CCP006: write ->
default = think
