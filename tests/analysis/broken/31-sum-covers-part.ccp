when tokens > 100k -> a
when tokens.system + tokens.tools > 100k -> b  # ! unreachable-rule
default -> default
