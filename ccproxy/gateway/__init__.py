"""What runs inside a LiteLLM worker: the hook, and what it decides, tells and learns."""
