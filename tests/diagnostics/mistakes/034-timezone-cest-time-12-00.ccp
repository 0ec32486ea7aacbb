# CCP107: write an Area/City that has it, such as "Europe/Berlin"
timezone "CEST"
when time > 12:00 -> think
default -> default
