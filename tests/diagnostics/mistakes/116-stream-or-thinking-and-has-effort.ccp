# CCP501: write (thinking and has effort), or put the parentheses where you mean them
when stream or thinking and has effort -> think
default -> default
