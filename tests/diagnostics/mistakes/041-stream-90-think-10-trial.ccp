# CCP006: write 90% think, 10% trial
when stream -> 90 think, 10 trial
default -> default
