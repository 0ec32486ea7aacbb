"""Turns conditions into formulas over atoms."""
