when body("t") matches "claude-*haiku*" -> star
when body("t") matches "v?" -> question
when body("t") matches "set-[abc]" -> set
when body("t") matches "range-[a-c0-9]" -> range
when body("t") matches "not-[!abc]" -> negated_set
when body("t") matches "not-[!a-y0-9]z" -> negated_range
when body("t") matches "lit-[*][?][[]]" -> literal
when body("t") matches "back\\*" -> backslash
when body("t") matches "" -> empty
when body("t") matches "*aa*aa*" -> twice
when body("t") matches "b**b" -> double_star
when body("t") matches "plain.+(x)$" -> plain
when body("t") matches "q??q*q" -> mixed
when body("t") matches "caf?" -> accent
when body("t") matches "]" -> closing
when body("t") matches "set-[*?]" -> wild_in_set
when body("t") matches "ends*e*" -> final
default -> none_of_them
