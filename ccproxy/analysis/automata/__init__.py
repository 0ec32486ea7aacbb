"""Patterns as automata: which texts pass which tests, and an example of each."""
