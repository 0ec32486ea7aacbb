predicate vip = "os.path.expanduser"
predicate big = "ccproxy.rules.TokenCountRule"(threshold=60k)
when vip -> think
when big -> default
default -> default
