# Without the first rule 1 and 2 still go to a; without the second 3 does; without both 2 goes to b.
when messages in 1..3 -> a  # ! redundant-rule
when messages in 2..4 -> a
when messages in [1, 3, 7] -> a
when messages == 2 -> b  # ! unreachable-rule
default -> b
