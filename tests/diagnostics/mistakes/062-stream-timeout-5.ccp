# CCP006: leave it out: LiteLLM's config has the timeout of a model
when stream timeout 5 -> think
default -> default
