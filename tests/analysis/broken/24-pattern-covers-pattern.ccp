when model matches /^claude-(opus|sonnet)/ -> a
when model matches /^claude-opus-[0-9]+$/ -> b  # ! unreachable-rule
default -> default
