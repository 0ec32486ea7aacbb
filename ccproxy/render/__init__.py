"""Renders values for people and programs: diagnostics, results of cases, differences and drawings."""
