let chores = count(tools) == 0 and not any tools == "Bash"  # ! always-true-here
when chores -> a
default -> default
