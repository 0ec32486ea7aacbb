when messages == 0 -> zero
when messages == 1 and turns == 1 -> one_one
when messages == 1 and turns == 0 -> one_zero
when messages == 2 and turns == 1 -> two_one
when messages == 3 and turns == 1 -> three_one
when messages == 3 and turns == 2 -> three_two
when messages == 4 and turns == 1 -> four_one
when has messages or has turns -> other
default -> missing
