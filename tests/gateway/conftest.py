"""A fake provider, one for each test module."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .upstream import Upstream, fake_upstream

# LiteLLM fetches prices from the network as soon as it is imported, unless told not to
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"


@pytest.fixture(scope="module")
def provider() -> Iterator[Upstream]:
    with fake_upstream() as upstream:
        yield upstream


@pytest.fixture
def upstream(provider: Upstream) -> Upstream:
    """The provider, with nothing received and nothing set."""
    provider.clear()
    return provider
