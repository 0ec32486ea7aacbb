when time == 12:00 -> noon
default -> other
