let Big = tokens > 5
let _x = tokens > 5
let a.b = tokens > 5
let camelCase = tokens > 5
predicate Vip = "conformance_errors.Vip"
default -> ok
