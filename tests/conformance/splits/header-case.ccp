# The name of the header is hashed as it is written.
default -> 50% a, 50% b by header("X-User")
