predicate vip = "just a name"
when vip -> think
default -> default
