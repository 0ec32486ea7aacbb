when prompt == "hello" -> hello
when prompt == "one\ntwo" -> two_lines
when prompt == "before  after" -> cut_inside
when prompt == "" -> empty
when prompt contains "system-reminder" -> uncut
when has prompt -> other
default -> missing
