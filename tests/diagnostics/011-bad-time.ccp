when time in 9:00..25:00 -> think
default -> default
