when model matches "*" -> there
default -> missing
