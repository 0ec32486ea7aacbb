"""A fake provider, one for each test module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .upstream import Upstream, fake_upstream


@pytest.fixture(scope="module")
def provider() -> Iterator[Upstream]:
    with fake_upstream() as upstream:
        yield upstream


@pytest.fixture
def upstream(provider: Upstream) -> Upstream:
    """The provider, with nothing received and nothing set."""
    provider.clear()
    return provider
