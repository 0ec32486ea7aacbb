"""Reads LiteLLM's config and its model map into the models behind each label: what they can take, and what they cost."""
