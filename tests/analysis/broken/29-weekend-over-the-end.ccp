when weekday in sat..mon -> a
when weekday == sun -> b  # ! unreachable-rule
default -> default
