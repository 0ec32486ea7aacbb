predicate vip = "no_such_rules.Vip"
when vip -> think
default -> default
