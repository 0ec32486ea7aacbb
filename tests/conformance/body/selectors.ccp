when model == "last" and body("a.last.b") == "x" -> holds
when model == "last text" and body("a.last") == "x" -> holds
when model == "last of last" and body("a.last.last") == "x" -> holds
when model == "last number" and body("a.last") > 5 -> holds
when model == "any" and any body("a.*.b") == "x" -> holds
when model == "all" and all body("a.*.b") == "x" -> holds
when model == "none" and none body("a.*.b") == "x" -> holds
when model == "in" and "x" in body("a.*.b") -> holds
when model == "not in" and "x" not in body("a.*.b") -> holds
when model in body("names.*") -> holds
when model == "has" and has body("a.*.b") -> holds
when model == "two" and count(body("a.*.b")) == 2 -> holds
when model == "three flat" and count(body("a.*.b.*.c")) == 3 -> holds
when model == "inner" and any body("a.last.b.*") == "x" -> holds
when model == "last of each" and all body("a.*.last") == "x" -> holds
when model == "index of each" and any body("a.*.0") == "x" -> holds
default -> fails
