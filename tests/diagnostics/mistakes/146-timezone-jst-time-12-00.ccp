# CCP107: write an Area/City that has it, such as "Asia/Tokyo"
timezone "JST"
when time > 12:00 -> think
default -> default
