# CCP303: for instance 10% trial
when stream -> 90% think, 20% trial
default -> default
