"""Conditions as formulas over atoms."""
