when count(tools) == 2 and "Bash" in tools and "Read" in tools -> bash_and_read
when count(tools) == 1 and any tools == "Bash" -> bash
when has tools and count(tools) == 0 -> empty
when has tools -> other
default -> missing
