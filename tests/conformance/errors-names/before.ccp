when later -> a
let self = self and stream
let first = second
let later = tokens > 5
let second = later
when self and first and second and later -> b
default -> ok
