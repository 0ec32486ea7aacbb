# CCP501: write (stream and thinking), or put the parentheses where you mean them
when tokens > 5 or stream and thinking -> think
default -> default
