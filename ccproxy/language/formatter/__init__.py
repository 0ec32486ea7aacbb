"""A policy file in its canonical layout, and the proof that only the layout changed."""
