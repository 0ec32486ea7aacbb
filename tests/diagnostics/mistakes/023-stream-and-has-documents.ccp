# CCP508: write documents > 0
when stream and has documents -> think
default -> default
