# CCP303: name the other share too, such as 90% default, 10% trial
when stream -> 10% trial
default -> default
