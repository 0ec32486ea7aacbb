"""How facts are read: once, when asked for, and from where."""

import gc
import weakref
from typing import Any

import pytest

from ccproxy.facts import FACTS, TokenCounter, observe


class Watched(dict[str, Any]):
    """A body that counts what is read of it."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(body)
        self.reads: list[str] = []

    def get(self, key: str, default: Any = None) -> Any:
        self.reads.append(key)
        return super().get(key, default)


def test_nothing_is_read_before_it_is_asked_for() -> None:
    body = Watched({"model": "m", "speed": "fast"})
    facts = observe(body, headers={"X-A": "1"}, path="/v1/messages", key={}, counter=TokenCounter())
    assert body.reads == []
    assert facts.values_read() == {}
    assert facts.speed == "fast"
    assert body.reads == ["speed"]


@pytest.mark.parametrize("fact", [fact.name for fact in FACTS])
def test_each_fact_is_computed_once(fact: str) -> None:
    body = Watched({"model": "m", "messages": [{"role": "user", "content": "hi"}], "tools": [], "system": "s"})
    facts = observe(body, headers={"user-agent": "claude-cli/2"})
    first = facts.read(fact)
    reads = len(body.reads)
    assert facts.read(fact) is first
    assert len(body.reads) == reads


def test_values_read_are_those_computed() -> None:
    facts = observe({"model": "m"})
    assert (facts.model, facts.speed) == ("m", None)
    assert facts.values_read() == {"model": "m", "speed": None}


def test_overrides_are_set_outright() -> None:
    facts = observe(
        {"model": "m", "effort": "x", "tools": [{"name": "Bash"}]},
        headers={"user-agent": "claude-cli/2"},
        overrides={"model": "n", "effort": "max", "tools": None, "key.team": "red", "no.such": 1},
    )
    assert (facts.model, facts.effort, facts.tools, facts.key_team) == ("n", "max", None, "red")
    assert facts.source_of("model") == "set outright"
    assert facts.agent_class == "auxiliary"  # it is made of other facts, and those were set


def test_overridden_tokens() -> None:
    body = {"system": "some words", "messages": [{"role": "user", "content": "hi"}]}
    facts = observe(body, overrides={"tokens": 250_000})
    assert facts.tokens == 250_000
    assert facts.tokens_above((("tokens", 1),), -249_999)
    assert not facts.tokens_above((("tokens", 1),), -250_000)
    assert facts.tokens_messages == 1
    parts = observe(body, overrides={"tokens.system": 1000})
    assert parts.tokens == 1001
    assert parts.tokens_above((("tokens", 2),), -2001)
    assert not parts.tokens_above((("tokens", 2),), -2002)
    assert observe(body, overrides={"tokens": None}).tokens == observe(body).tokens


def test_sources() -> None:
    body = {
        "model": "m",
        "max_completion_tokens": 5,
        "reasoning_effort": "low",
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}],
    }
    facts = observe(body, headers={"User-Agent": "curl"}, key={"alias": "ci"})
    sources = {name: facts.source_of(name) for name in (fact.name for fact in FACTS) if facts.read(name) is not None}
    assert sources == {
        "model": "body `model`",
        "endpoint": "body `max_completion_tokens`",
        "max_tokens": "body `max_completion_tokens`",
        "tokens": "estimate: cl100k_base",
        "tokens.system": "estimate: cl100k_base",
        "tokens.tools": "estimate: cl100k_base",
        "tokens.messages": "estimate: cl100k_base",
        "tokens.latest": "estimate: cl100k_base",
        "messages": "body `messages`",
        "turns": "body `messages`",
        "turn.step": "body `messages`",
        "thinking": "body `reasoning_effort`",
        "effort": "body `reasoning_effort`",
        "prompt": "body `messages`",
        "system": "messages of role system or developer",
        "images": "body `messages`",
        "documents": "body `messages`",
        "images.latest": "body `messages`",
        "audio": "body `messages`",
        "video": "body `messages`",
        "client": "header user-agent",
        "key.alias": "the virtual key",
    }
    assert facts.source_of("tools") == "missing"
    assert facts.source_of('fits("think")') == ""


def test_unknown_names_are_errors() -> None:
    with pytest.raises(KeyError):
        observe({}).read("token")
    with pytest.raises(KeyError):
        observe({}).source_of("token")


def test_facts_go_when_their_request_is_done() -> None:
    """No reference cycles: a busy proxy need not wait for the garbage collector."""
    facts = observe({"model": "m", "messages": [{"role": "user", "content": "hi"}]}, headers={"User-Agent": "claude-cli/2"})
    for fact in FACTS:
        facts.read(fact.name)
    facts.tokens_above((("tokens", 1),), -5)
    gone = weakref.ref(facts)
    gc.disable()
    try:
        del facts
        assert gone() is None
    finally:
        gc.enable()
