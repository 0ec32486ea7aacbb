"""The language server: serves diagnostics, completion, hover and the rest to editors."""
