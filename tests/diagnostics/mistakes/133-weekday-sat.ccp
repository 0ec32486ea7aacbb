# CCP101: write sat
when weekday == Sat -> think
default -> default
