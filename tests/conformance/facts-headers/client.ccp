when client matches "claude-cli/*" -> claude_code
when client contains "curl" -> curl
when has client -> other
when "a" in betas and "b" in betas and count(betas) == 2 -> a_and_b
when count(betas) == 1 and any betas == "a" -> a
when has betas and count(betas) == 0 -> empty
when has betas -> other_betas
default -> missing
