let tags        = header("x-tags")
let audio       = max_tokens * 2
predicate video = "conformance_rules.Vip"(tier="gold")
let both        = audio > 15k and tags == "x"

when both                                                           -> both
when tags contains "batch" and not has metadata("none")             -> background
when tags in ["a", "b"]                                             -> listed
when audio in 10..20k                                               -> ranged
when tags == "split" and count(tools) == 0                          -> text
when video                                                          -> vip
when audio != 50k and has body("audio") and body("audio") == "none" -> missing
default                                                             -> default
