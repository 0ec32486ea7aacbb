# CCP006: write 90% default, 10% trial
default -> 90 default, 10 trial
