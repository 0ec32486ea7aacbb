"""Turns patterns into automata, which tell what texts match which patterns, with examples."""
