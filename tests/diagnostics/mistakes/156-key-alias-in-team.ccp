# CCP506: write key.alias matches "team-*"
when key.alias in ["team-*"] -> think
default -> default
