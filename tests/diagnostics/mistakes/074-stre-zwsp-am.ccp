# CCP006: take it out
when stre​am -> think
default -> default
