"""Malformed bodies: LiteLLM with the hook answers no 5xx that it doesn't answer without."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ccproxy.facts.definitions import FACTS
from ccproxy.language.types import Type

from .proxy import Proxy, running_proxy
from .upstream import Upstream

CHAT = [{"role": "user", "content": "hi"}]
VALID: dict[str, dict[str, Any]] = {
    "/v1/messages": {"model": "default", "max_tokens": 5, "messages": CHAT},
    "/v1/chat/completions": {"model": "o-default", "messages": CHAT},
    "/v1/responses": {"model": "o-default", "input": "hi"},
    "/v1/completions": {"model": "o-default", "prompt": "hi"},
    "/v1/embeddings": {"model": "o-default", "input": "hi"},
}
MAIN_FIELD = {path: list(body)[-1] for path, body in VALID.items()}

JUNK_MESSAGES = [[{"role": 5, "content": {}}], [{"role": "user", "content": [5, None, {"type": 5}]}]]
JUNK: list[Any] = [None, 5, "x", True, [], {}, [5], [[]], [{}], [None], *JUNK_MESSAGES]
OTHER: dict[str, list[Any]] = {
    "tools": [5, "x", [5], [{"name": 5, "type": []}], {}],
    "metadata": [5, "x", [1], {"user_id": 5}, {"user_id": "{"}],
    "system": [5, [5], {}, [{"type": "text", "text": 5}]],
    "thinking": [5, {"type": 5}],
    "stream": ["x", 5],
    "max_tokens": ["x", -1],
    "litellm_metadata": [5, "{", []],
    "extra_body": [5, []],
    "fallbacks": [5, {"a": 5}],
    "model": [5, None, ["default"], {"a": 1}],
}
RAW = [b"", b"{", b"[]", b"5", b"null", b'"x"', b"\xff\xfe", b"[" * 2000, b'{"model": "a", "model": 5}', b'{"messages": NaN}']


def malformed() -> list[tuple[str, bytes]]:
    """Paths and bodies: the main field of each API, other fields of messages, and bodies that are no object."""
    bodies = [(path, {**body, MAIN_FIELD[path]: junk}) for path, body in VALID.items() for junk in JUNK[: 12 if "messages" in body else 5]]
    bodies += [("/v1/messages", {**VALID["/v1/messages"], field: junk}) for field, junks in OTHER.items() for junk in junks]
    return [(path, json.dumps(body).encode()) for path, body in bodies] + [("/v1/messages", raw) for raw in RAW]


CONDITIONS = {
    Type.TEXT: '{} in ["no such value", "messages"] and model == "no such value"',
    Type.LIST: 'any {} == "no such value"',
    Type.NUMBER: "{} == 987654321",
    Type.BOOL: "{} and tokens == 987654321",
}
READS_ALL = "".join(f"when {CONDITIONS[fact.type].format(fact.name)} -> think\n" for fact in FACTS if fact.type in CONDITIONS)
POLICY = READS_ALL + 'when model matches "o-*" -> o-default\ndefault -> default\n'
"""Makes the hook read every fact, and then leaves each request where it was."""


@pytest.fixture(scope="module")
def with_hook(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running_proxy(tmp_path_factory.mktemp("with"), provider, POLICY) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def without_hook(provider: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with running_proxy(tmp_path_factory.mktemp("without"), provider, None) as proxy:
        yield proxy


def test_no_5xx_of_our_own(with_hook: Proxy, without_hook: Proxy) -> None:
    ours, theirs = {}, {}
    for path, body in malformed():
        ours[path, body] = with_hook.post(path, body).status_code
        theirs[path, body] = without_hook.post(path, body).status_code
    worse = {case: (status, theirs[case]) for case, status in ours.items() if status >= 500 > theirs[case]}
    assert worse == {}
    assert "ccproxy.gateway" not in with_hook.log_text()
    assert len(ours) >= 75
    print(len(ours), "bodies, 5xx:", *(sum(status >= 500 for status in answers.values()) for answers in (theirs, ours)))
