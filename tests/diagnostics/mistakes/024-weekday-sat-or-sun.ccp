# CCP201: write weekday in sat..sun
when weekday == sat or sun -> think
default -> default
