when model == "number ==" and body("v") == 5 -> holds
when model == "number <" and body("v") < 10 -> holds
when model == "number sum" and body("v") + 1 == 6 -> holds
when model == "number two" and body("v") <= body("w") -> holds
when model == "number chain" and 1 < body("v") < 10 -> holds
when model == "number range" and body("v") in 1..10 -> holds
when model == "number list" and body("v") in [5, 6] -> holds
when model == "number fact" and body("v") == max_tokens -> holds
when model == "text ==" and body("v") == "5" -> holds
when model == "text left" and "5" == body("v") -> holds
when model == "text fact" and body("v") == model -> holds
when model == "text !=" and body("v") != "5" -> holds
when model == "text in" and body("v") in ["5", "6"] -> holds
when model == "text not in" and body("v") not in ["5", "6"] -> holds
when model == "glob" and body("v") matches "*5*" -> holds
when model == "pattern" and body("v") matches /5/ -> holds
when model == "contains" and body("v") contains "5" -> holds
when model == "contains right" and "x5x" contains body("v") -> holds
when model == "starts two" and body("v") starts with body("w") -> holds
when model == "ends" and body("v") ends with "5" -> holds
when model == "in tools" and body("v") in tools -> holds
when model == "in body" and "5" in body("v") -> holds
when model == "not in body" and "5" not in body("v") -> holds
when model == "model in body" and model in body("v") -> holds
when model == "any" and any body("v") == "5" -> holds
when model == "all" and all body("v") contains "5" -> holds
when model == "none" and none body("v") matches /5/ -> holds
when model == "any right" and any tools == body("v") -> holds
when model == "bool" and body("v") -> holds
when model == "not bool" and not body("v") -> holds
when model == "bool and" and (body("v") and true) -> holds
when model == "bool or" and (body("v") or body("w")) -> holds
when model == "has" and has body("v") -> holds
default -> fails
