"""Fuzzing: `uv run --with atheris python -m tests.fuzzing` feeds each public reader with inputs that nobody wrote."""
