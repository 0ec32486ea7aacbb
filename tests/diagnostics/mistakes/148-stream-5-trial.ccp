# CCP303: name the other share too, such as 95% default, 5% trial
when stream -> 5% trial
default -> default
