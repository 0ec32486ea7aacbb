when model == "product and comparison" and (2 + 2 * 2 == 6) -> holds
when model == "sum and comparison" and (1 + 1 > 1 and 3 > 1 + 1) -> holds
when model == "sum in range" and (1 + 1 in 1 + 1..1 + 2) -> holds
when model == "product in range" and (2 * 3 in 1..2 * 3) -> holds
when model == "not in chain" and (not 1 < 2 < 3) -> holds
when model == "not over contains" and (not model contains "x") -> holds
when model == "not over matches and" and (not model matches "zzz*" and true) -> holds
when model == "has before and" and (has model and true) -> holds
when model == "not has and" and (not has user and true) -> holds
when model == "quantifier before and" and (any tools == "a" and true) -> holds
when model == "quantifier under not" and (not any tools == "b" and true) -> holds
when model == "quantifier before or" and (none tools == "a" or true) -> holds
when model == "count in a sum" and (count(tools) + 1 == 2) -> holds
when model == "parentheses around a sum" and ((1 + 1) * 2 == 4) -> holds
when model == "parentheses around text" and ((model) starts with ("par")) -> holds
when model == "and or and" and (false and true or true and true) -> holds
when model == "or and or" and (false or true and false or false) -> holds
when model == "not or" and (not true or false) -> holds
default -> fails
