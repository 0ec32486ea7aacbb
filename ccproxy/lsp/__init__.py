"""Turns a policy being typed into what its editor shows: diagnostics, completion, hover and the rest."""
