# CCP006: leave it out: LiteLLM's config has the timeout of a model
when stream -> think timeout 5
default -> default
