# CCP006: write "anthropic/claude-opus"
when model == anthropic/claude-opus -> think
default -> default
