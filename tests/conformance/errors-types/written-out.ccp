let glob = "claude*"
when model matches user -> a
when model matches glob -> a
when any tools matches model -> a
when model matches header("x") -> a
default -> ok
