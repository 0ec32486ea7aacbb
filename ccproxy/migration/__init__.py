"""Turns configurations of other routers into policies: an earlier ccproxy's, claude-code-router's, and LiteLLM's routing by tags."""
