# CCP006: write 95% think, 5% trial
when stream -> 95 think, 5 trial
default -> default
