# CCP101: write mon
when weekday == Monday -> think
default -> default
