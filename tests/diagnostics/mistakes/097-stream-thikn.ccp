# CCP301: did you mean "think"?
when stream -> thikn
default -> default
