predicate vip = "json.loads"
default -> default
