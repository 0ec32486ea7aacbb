# CCP201: write weekday in [mon, wed, fri]
when weekday == mon or wed or fri -> think
default -> default
