predicate a = "Vip"
predicate b = "conformance errors.Vip"
predicate c = ""
predicate d = "conformance_errors.Vip"(k=1, 2)
predicate e = "conformance_errors.Vip"(k=1, k=2)
predicate f = ".Vip"
predicate g = "conformance_errors..Vip"
predicate h = "conformance_errors.Vip("
when a and b and c and d and e and f and g and h -> x
default -> ok
