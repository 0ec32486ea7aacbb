"""Text to tree and back: tokens, parser, syntax, printer, formatter. Knows no fact."""
