"""Diagnostics to text for people, and to the formats that machines read."""
