"""Turns LiteLLM's config and its model map into what stands behind a label: models, what they can take, and what they cost."""
