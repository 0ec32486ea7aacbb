# CCP009: the escapes are \" \\ \n \t \u{…}; for a backslash itself write \\
when user == "a\d" -> think
default -> default
