# CCP107: did you mean "Europe/Berlin"?
timezone "Berlin"
when time > 12:00 -> think
default -> default
