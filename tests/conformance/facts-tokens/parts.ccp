when tokens != tokens.system + tokens.tools + tokens.messages -> broken_sum
when tokens.latest > tokens.messages -> broken_latest
when tokens == 0 and model == "nothing" -> nothing
when tokens.system > 0 and tokens.tools == 0 and tokens.messages == 0 -> system
when tokens.tools > 0 and tokens.system == 0 and tokens.messages == 0 -> tools
when tokens.system > 0 and tokens.tools > 0 and tokens.messages > 0 -> everything
when tokens.messages > 0 and tokens.latest == tokens.messages -> all_latest
when tokens.messages > 0 and 0 < tokens.latest < tokens.messages -> some_latest
when tokens.messages > 0 and tokens.latest == 0 -> none_latest
default -> other
