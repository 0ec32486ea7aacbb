"""tiktoken's own encodings, to compare with."""

import pytest
import tiktoken

from ccproxy.facts import ENCODINGS
from ccproxy.facts.counting import tokenizer


@pytest.fixture(params=ENCODINGS)
def theirs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tiktoken.Encoding:
    """An encoding as tiktoken itself reads it."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tokenizer.shipped_folder()))
    return tiktoken.get_encoding(request.param)
