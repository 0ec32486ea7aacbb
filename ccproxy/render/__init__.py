"""Turns values into what people and programs read: diagnostics, results of cases, differences and drawings."""
