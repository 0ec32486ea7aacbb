"""Turns an assignment of values to facts into a request that has them, confirmed by the compiled policy."""
