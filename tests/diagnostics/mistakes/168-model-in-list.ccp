# CCP006: write "anthropic/claude-opus"
when model in [anthropic/claude-opus, "x"] -> think
default -> default
