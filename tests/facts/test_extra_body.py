"""`extra_body`: rules see what the model gets."""

from __future__ import annotations

from typing import Any

import pytest

from ccproxy.facts import observe
from ccproxy.facts.extra_body import merged

TOOLS = [{"name": "Bash"}]


@pytest.mark.parametrize(
    ("endpoint", "extra", "expected"),
    [
        ("messages", {"max_tokens": 2, "top_k": 1}, {"max_tokens": 2, "extra_body": {"top_k": 1}}),
        ("messages", {"model": "x"}, {"max_tokens": 1}),
        ("messages", {"input": "x"}, {"max_tokens": 1}),
        (
            "chat",
            {"messages": [], "tags": ["a"], "metadata": {"a": "b"}},
            {"max_tokens": 1, "messages": [], "tags": ["a"], "metadata": {"a": "b"}},
        ),
        ("chat", {"reasoning": {}}, {"max_tokens": 1, "extra_body": {"reasoning": {}}}),
        ("responses", {"max_tokens": 2}, {"max_tokens": 1, "extra_body": {"max_tokens": 2}}),
        ("compact", {"input": "x"}, {"max_tokens": 1, "input": "x"}),
        ("generate_content", {"max_tokens": 2, "model": "x"}, {"max_tokens": 1, "extra_body": {"max_tokens": 2}}),
        (None, {"prompt": "x", "input": "y"}, {"max_tokens": 1, "prompt": "x", "input": "y"}),
        ("chat", "max_tokens", {"max_tokens": 1}),
        ("chat", None, {"max_tokens": 1}),
    ],
)
def test_what_moves(endpoint: str | None, extra: Any, expected: dict[str, Any]) -> None:
    body = {"max_tokens": 1, "extra_body": extra}
    assert merged(body, endpoint) == expected
    assert body == {"max_tokens": 1, "extra_body": extra}


def test_facts_readers_and_predicates_see_the_merged_body() -> None:
    body = {"model": "m", "messages": [], "extra_body": {"tools": TOOLS, "model": "x", "metadata": {"team": "red"}, "top_k": 3}}
    facts = observe(body, path="/v1/messages")
    assert (facts.model, facts.tools, facts.metadata("team")) == ("m", ("Bash",), "red")
    assert facts.body_number(("extra_body", "top_k")) == 3
    assert facts.at_path(("tools", "0", "name")) == "Bash"
    assert dict(facts.request) == {"model": "m", "messages": [], "tools": TOOLS, "metadata": {"team": "red"}, "extra_body": {"top_k": 3}}


def test_without_a_path_the_api_is_told_from_the_body() -> None:
    assert observe({"input": "hi", "extra_body": {"instructions": "be brief"}}).system == "be brief"
