when count(tools) == 0 and not has tools -> missing
when count(tools) == 0 -> nothing
when count(tools) == 1 -> one
when count(tools) + count(tools.types) > 5 -> many
when count(tools) * 2 == 4 -> two
when count(tools) == count(betas) -> as_many
default -> other
