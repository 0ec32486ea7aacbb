# CCP202: write [sat, sun]
when weekday in ["Saturday", "Sunday"] -> think
default -> default
