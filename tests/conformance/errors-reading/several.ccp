# One bad statement does not hide the next.
when model == "a" b
let x = "\q"
when tokens > 5K -> c
when model == "fine" -> d
default -> ok because
