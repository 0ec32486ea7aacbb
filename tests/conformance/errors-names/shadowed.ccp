let tokens = 5
let model = "a"
let key = "a"
let agent = "a"
let header = "a"
let metadata = "a"
let body = "a"
let images = 5
predicate session = "conformance_errors.Vip"
predicate output = "conformance_errors.Vip"
default -> ok
