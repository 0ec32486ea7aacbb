"""Turns formulas into a finite space of requests that a policy can tell apart, and searches it."""
