when any tools.types matches "web_search*" -> web_search
when "code_interpreter" in tools.types -> code
when count(tools.types) == 2 -> two
when count(tools.types) > 0 -> other
default -> nothing
