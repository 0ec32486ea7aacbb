"""A fake provider for each module, a fresh home for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..gateway.upstream import Upstream, fake_upstream
from .home import Home, home_at


@pytest.fixture(scope="module")
def provider() -> Iterator[Upstream]:
    with fake_upstream() as upstream:
        yield upstream


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with home_at(tmp_path / "home") as home:
        yield home
