# Every fact that is read here is missing, but for `system`, which chooses the rule.
when system == "text ==" and (user == "x") -> holds
when system == "text !=" and (user != "x") -> holds
when system == "text in" and (user in ["x"]) -> holds
when system == "text not in" and (user not in ["x"]) -> holds
when system == "glob" and (user matches "*") -> holds
when system == "pattern" and (user matches /x*/) -> holds
when system == "contains" and (user contains "x") -> holds
when system == "starts" and (user starts with "x") -> holds
when system == "ends" and (user ends with "x") -> holds
when system == "number ==" and (max_tokens == 0) -> holds
when system == "number !=" and (max_tokens != 0) -> holds
when system == "number <" and (max_tokens < 1) -> holds
when system == "number >=" and (max_tokens >= 0) -> holds
when system == "number in range" and (max_tokens in 0..10) -> holds
when system == "number not in range" and (max_tokens not in 0..10) -> holds
when system == "number in list" and (max_tokens in [0]) -> holds
when system == "sum" and (max_tokens + 0 == 0) -> holds
when system == "sum !=" and (max_tokens * 0 != 0) -> holds
when system == "bool" and (stream) -> holds
when system == "not bool" and (not stream) -> holds
when system == "body bool" and (body("flag")) -> holds
when system == "not body bool" and (not body("flag")) -> holds
when system == "time in range" and (time in 00:00..24:00) -> holds
when system == "time not in range" and (time not in 00:00..24:00) -> holds
when system == "weekday" and (weekday == mon) -> holds
when system == "weekday !=" and (weekday != mon) -> holds
when system == "weekday in range" and (weekday in mon..sun) -> holds
when system == "in list fact" and ("x" in tools) -> holds
when system == "not in list fact" and ("x" not in tools) -> holds
when system == "missing in list fact" and (user in tools) -> holds
when system == "any" and (any tools != "x") -> holds
when system == "all" and (all tools == "x") -> holds
when system == "none" and (none tools != "x") -> holds
when system == "count" and (count(tools) == 0) -> holds
when system == "not ==" and (not user == "x") -> holds
when system == "not in parentheses" and (not (max_tokens > 0)) -> holds
when system == "not range" and (not max_tokens in 0..10) -> holds
when system == "both missing ==" and (user == key.user) -> holds
when system == "both missing !=" and (user != key.user) -> holds
when system == "both missing <" and (max_tokens < thinking.budget) -> holds
when system == "De Morgan left" and (not (user == "x" or stream)) -> holds
when system == "De Morgan right" and (not user == "x" and not stream) -> holds
when system == "excluded middle" and (stream or not stream) -> holds
when system == "missing end" and (5 in 0..max_tokens) -> holds
when system == "missing end not in" and (5 not in 0..max_tokens) -> holds
when system == "missing low end" and (5 in max_tokens..10) -> holds
default -> fails
