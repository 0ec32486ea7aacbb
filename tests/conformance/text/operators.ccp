when prompt contains "deploy" -> "contains"
when prompt starts with "Fix" -> "starts"
when prompt ends with "?" -> "ends"
when prompt contains "naïve" -> accent
when prompt contains "a.c" -> literal_dot
when prompt starts with prompt and prompt ends with "!" -> itself
when "abc" contains prompt -> within
when has prompt -> other
default -> missing
