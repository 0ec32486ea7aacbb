timezone "Europe/Berlin"
timezone "Europe/Paris"
default -> ok
