let night = 22:00
let morning = 06:00
when time in night..morning -> night
when time in morning..night -> day
default -> missing
