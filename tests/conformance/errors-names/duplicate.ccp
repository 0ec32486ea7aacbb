let big = tokens > 100
predicate vip = "conformance_errors.Vip"
let big = tokens > 200
let vip = stream
predicate vip = "conformance_errors.Vip"
when big and vip -> a
default -> ok
