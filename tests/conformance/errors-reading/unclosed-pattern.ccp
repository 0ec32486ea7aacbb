when model matches /a -> b
when model matches /a\/ -> b
default -> ok
