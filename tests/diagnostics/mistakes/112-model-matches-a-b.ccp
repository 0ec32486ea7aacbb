# CCP024: for the character itself write [[]
when model matches "a[b" -> think
default -> default
