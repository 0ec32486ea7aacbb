"""Renders diagnostics as text for people, and in the formats that machines read."""
