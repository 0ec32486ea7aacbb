# CCP202: the weekdays are mon tue wed thu fri sat sun, without quotes
when weekday == "mon" -> think
default -> default
