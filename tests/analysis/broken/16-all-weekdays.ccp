when weekday in mon..fri or weekday in sat..sun -> a  # ! always-true
default -> default  # ! unreachable-default
