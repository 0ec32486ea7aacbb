when not has tags -> missing
when count(tags) == 0 -> empty
when count(tags) == 1 and any tags == "a" -> a
when count(tags) == 2 and any tags == "a" and any tags == "b" -> a_and_b
when count(tags) == 3 and all tags in ["a", "b", "c"] -> a_b_and_c
default -> other
