when header("x-claude-code-session-id") == "s-30" -> by_header
when model == "written" -> 90% default, 10% canary by session
when not has session -> without
default -> 90% default, 10% canary
