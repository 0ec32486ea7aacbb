# CCP303: for instance 10% trial
when stream -> 90% think, 5% trial
default -> default
