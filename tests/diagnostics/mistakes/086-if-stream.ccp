# CCP006: a rule starts with when
if stream -> think
default -> default
