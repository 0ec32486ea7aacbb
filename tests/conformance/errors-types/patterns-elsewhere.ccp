let p = /a/
when model == /a/ -> a
when model contains /a/ -> a
when /a/ -> a
when model matches p -> a
default -> ok
