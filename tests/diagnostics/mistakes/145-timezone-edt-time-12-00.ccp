# CCP107: write an Area/City that has it, such as "America/New_York"
timezone "EDT"
when time > 12:00 -> think
default -> default
