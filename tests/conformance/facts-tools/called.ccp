when count(tools.called) == 2 and "Bash" in tools.called and "Read" in tools.called -> bash_and_read
when count(tools.called) == 1 and "Read" in tools.called -> read
when has tools.called and count(tools.called) == 0 -> none_called
when has tools.called -> other
default -> missing
