"""Requests that show what is possible: made of values of facts, and put to the compiled policy."""
