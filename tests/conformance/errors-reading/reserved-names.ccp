let and = true
let count = 5
let mon = 5
let when = true
let default = true
let let = true
let true = true
let any = tools
let keep = true
let with = 5
predicate not = "a.B"
predicate version = "a.B"
default -> ok
