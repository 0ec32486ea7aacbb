let used = tokens > 5
let unused = tokens > 6
predicate never_asked = "conformance_errors.Vip"
when used -> a
default -> ok
