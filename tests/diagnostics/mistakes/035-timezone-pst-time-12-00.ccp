# CCP107: write an Area/City that has it, such as "America/Los_Angeles"
timezone "PST"
when time > 12:00 -> think
default -> default
