"""Turns a LiteLLM worker's requests into routed ones: the hook, its decisions, records and calibration."""
