let allowed = ["Bash", "Read"]
let used = tools.called
when any used == "Bash" and not (all used in allowed) -> bash_and_more
when all used in allowed and count(used) > 0 -> allowed
when none betas starts with "context-" and has betas -> no_context
when any body("tags") == "urgent" -> urgent
when all body("tags") matches "team-*" and has body("tags") -> teams
when any key.tags == metadata("tag") -> tagged
when any tools == model -> model
when (any tools == "x" or none tools == "y") and not none tools == "z" -> z
default -> other
