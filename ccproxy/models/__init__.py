"""What stands behind a label: the models of LiteLLM's config."""
