# CCP101: write sun
when weekday == sunday -> think
default -> default
