"""What every test has: a cache folder that is not the one of who runs the tests."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Set the cache folder, once for all processes of a run, before anything reads a policy.

    What is too large to be fetched anew in every run is kept in `CCPROXY_TESTS_CACHE`.
    """
    if hasattr(config, "workerinput"):
        return
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ccproxy-tests"
    os.environ.setdefault("CCPROXY_TESTS_CACHE", str(kept))
    cache = TemporaryDirectory(prefix="ccproxy-tests-")
    config.add_cleanup(cache.cleanup)
    os.environ["XDG_CACHE_HOME"] = cache.name
