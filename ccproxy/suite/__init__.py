"""Turns case files into results: reads requests with their expected decisions, runs them, and measures coverage."""
