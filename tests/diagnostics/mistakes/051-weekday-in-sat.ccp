# CCP202: write [sat]
when weekday in ["sat"] -> think
default -> default
