"""Turns LiteLLM's requests into decisions, inside a worker: the hook, its records and calibration."""
