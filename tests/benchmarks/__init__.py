"""Benchmarks: each a module to run (`python -m tests.benchmarks.decisions`) that prints ratios measured in one run."""
