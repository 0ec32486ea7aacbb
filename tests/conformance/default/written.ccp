when model == "a" -> b
default -> default
assert when model == "a" -> only b
let later = 1
