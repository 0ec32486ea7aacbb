# CCP205: write mon..fri
when weekday in mon-fri -> think
default -> default
