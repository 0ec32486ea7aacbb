let first = fri
let last = sun
when weekday in first..last -> long_weekend
when weekday in last..first -> week
default -> missing
