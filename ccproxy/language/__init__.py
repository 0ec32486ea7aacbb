"""Turns text into a syntax tree and back: tokens, parser, syntax, printer, formatter. Knows nothing of facts."""
