"""Reads LiteLLM's config into the models behind each label."""
