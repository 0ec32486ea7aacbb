when prompt matches /deploy/i -> a
when prompt contains "Deploy" -> b  # ! unreachable-rule
default -> default
