let yes = true
when model == "true" and (true) -> holds
when model == "false" and (false) -> holds
when model == "not false" and (not false) -> holds
when model == "not not true" and (not not true) -> holds
when model == "and before or" and (true or false and false) -> holds
when model == "and before or left" and (false and false or true) -> holds
when model == "parentheses" and ((true or false) and false) -> holds
when model == "not before and" and (not false and false) -> holds
when model == "not of parentheses" and (not (false and false)) -> holds
when model == "not before or" and (not true or true) -> holds
when model == "not after a comparison is loose" and (not max_tokens == 5) -> holds
when model == "not binds looser than a comparison" and (not max_tokens in 1..3 and not max_tokens > 4) -> holds
when model == "three ands" and (true and true and false) -> holds
when model == "three ors" and (false or false or true) -> holds
when model == "nested" and (((true and (false or (not false))))) -> holds
when model == "a let of true" and (yes) -> holds
when model == "not a let" and (not yes) -> holds
when model == "a bool fact" and (stream) -> holds
when model == "not a bool fact" and (not stream) -> holds
when model == "a bool fact and" and (stream and max_tokens == 4) -> holds
default -> fails
