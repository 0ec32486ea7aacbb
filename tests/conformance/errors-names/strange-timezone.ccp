timezone "../../etc/passwd"
default -> ok
