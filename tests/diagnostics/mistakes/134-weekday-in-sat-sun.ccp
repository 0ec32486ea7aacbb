# CCP205: write sat..sun
when weekday in sat-sun -> think
default -> default
