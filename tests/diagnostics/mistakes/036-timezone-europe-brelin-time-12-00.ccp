# CCP107: did you mean "Europe/Berlin"?
timezone "Europe/Brelin"
when time > 12:00 -> think
default -> default
