timezone "Europe/Berln"
default -> default
