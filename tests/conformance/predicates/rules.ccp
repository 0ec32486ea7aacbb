predicate vip = "conformance_rules.Vip"(tier="gold")
predicate bare_class = "conformance_rules.Plain"
predicate empty_arguments = "conformance_rules.Plain"()
predicate begins = "conformance_rules.model_starts_with"("pre-")
predicate between = "conformance_rules.between"(1k, high=2_000, strict=true)
predicate nested = "conformance_rules.Outer.Inner"("in")
predicate raises = "conformance_rules.raises"
predicate no_bool = "conformance_rules.answers_one"
predicate says_none = "conformance_rules.answers_none"
predicate writes = "conformance_rules.writes"
when vip -> vip
when begins and not vip -> begins
when between -> between
when nested -> nested
when body("ask") == "raises" and raises -> raises
when body("ask") == "not raises" and not raises -> not_raises
when body("ask") == "one" and not no_bool -> one_is_false
when body("ask") == "none" and not says_none -> none_is_false
when body("ask") == "writes" and not writes -> read_only
when body("ask") == "plain" and bare_class and empty_arguments -> plain
default -> other
