timezone "Europe/Atlantis"
default -> ok
