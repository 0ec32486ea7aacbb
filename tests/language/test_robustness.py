"""Whatever the request, a policy decides; whatever the text, it is a policy or has diagnostics with places in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import ccproxy
from ccproxy.policy import check_file

from .bodies import JSON, bodies
from .expressions import FACTS
from .profile import examples

ROOT = Path(__file__).parents[2]
STARTERS = sorted((ROOT / "policies").glob("*.ccp"))
SEEDS = [path.read_text(encoding="utf-8") for path in [*STARTERS, *sorted((ROOT / "tests" / "conformance").rglob("*.ccp"))]]
READS: Mapping[str, str] = {
    "number": "{0} == 0.123",
    "text": '{0} == "§"',
    "bool": "not ({0} or true)",
    "list": 'any {0} == "§"',
    "time": "{0} in 12:00..12:00",
    "weekday": "{0} == mon and {0} == tue",
}
EVERY_FACT = (
    "".join(f"when {READS[type_].format(name)} -> {type_}\n" for type_, names in FACTS.items() for name in names) + "default -> end\n"
)

TOKENS = (
    *(
        "when",
        "default",
        "let",
        "include",
        "timezone",
        "predicate",
        "assert",
        "version",
        "because",
        "fallback",
        "keep",
        "reject",
        "by",
        "and",
    ),
    *(
        "or",
        "not",
        "in",
        "matches",
        "contains",
        "starts",
        "ends",
        "with",
        "any",
        "all",
        "none",
        "has",
        "count",
        "true",
        "false",
        "never",
        "only",
    ),
    *(
        "mon",
        "model",
        "tokens",
        "agent.class",
        "header",
        "body",
        "x",
        "Label-1",
        "60k",
        "1.5M",
        "5%",
        "12:00",
        "24:00",
        "007",
        "1..2",
        "..",
        "->",
    ),
    *(
        "=",
        "==",
        "!=",
        "<",
        "<=",
        "+",
        "-",
        "*",
        "(",
        ")",
        "[",
        "]",
        ",",
        '"a"',
        '"',
        '"\\q"',
        '"[a"',
        "/a/",
        "/",
        "/(/i",
        "#",
        "\n",
        "\r",
        "\t",
    ),
    *("1", "é", "\x00", "\u202e", "\ufeff", "\\", "'", "{", "}", "%", ".", "$", "/(?=a)/", '"Europe/Berlin"', '"a.b"', '"missing.ccp"'),
)


@pytest.fixture(scope="module")
def starters() -> list[ccproxy.Policy]:
    return [*(ccproxy.load(path) for path in STARTERS), ccproxy.policy.loads(EVERY_FACT)]


HEADER_NAMES = st.sampled_from(
    [
        *(
            "user-agent",
            "anthropic-beta",
            "x-claude-code-request-class",
            "x-claude-code-agent-id",
            "x-claude-code-session-id",
            "x-a-session-id",
        ),
        *("X-Team", "x-claude-code-compaction", ""),
    ]
)
HEADERS = st.none() | st.dictionaries(HEADER_NAMES, st.sampled_from(["", "a", "claude-cli/2", "a,,b", "main"]), max_size=4)
KEYS = st.none() | st.dictionaries(st.sampled_from(["alias", "team", "user", "org", "tags", "spend", "budget"]), JSON, max_size=4)
PATHS = st.none() | st.sampled_from(["/v1/messages", "/v1/messages/count_tokens?beta=true", "/chat/completions", "", "/", "???", "é"])


@examples(700)
@given(body=bodies() | JSON, headers=HEADERS, path=PATHS, key=KEYS)
def test_every_request_is_decided(starters: list[ccproxy.Policy], body: Any, headers: Any, path: str | None, key: Any) -> None:
    for policy in starters:
        decision = policy.decide(body, headers=headers, path=path, key=key)
        assert decision.action in ("route", "keep", "reject")
        assert policy.explain(body, headers=headers, path=path, key=key).to_dict()["label"] == decision.label


def test_the_policy_of_every_fact_reads_every_fact() -> None:
    policy = ccproxy.policy.loads(EVERY_FACT)
    facts = policy.observe({"messages": [{"role": "user", "content": "a"}]})
    assert policy.router.decide(facts).label == "end"
    unread = {name for names in FACTS.values() for name in names} - set(facts.values_read())
    assert {name for name in unread if not name.startswith("tokens")} == set()  # tokens are compared without being counted


@st.composite
def mutated(draw: Any) -> str:
    """A policy of the suite with up to four pieces cut out, doubled, swapped or replaced."""
    text: str = draw(st.sampled_from(SEEDS))[:1_500]
    for _ in range(draw(st.integers(1, 4))):
        start, length = draw(st.integers(0, len(text))), draw(st.sampled_from([0, 1, 1, 2, 5, 20]))
        piece = text[start : start + length]
        replacement = draw(st.sampled_from(["", piece * 2, piece[::-1], *TOKENS]) | st.characters(codec="utf-8"))
        text = text[:start] + replacement + text[start + length :]
    return text


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)
SOUPS = st.lists(st.sampled_from(TOKENS), max_size=25).map(" ".join)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("text") / "policy.ccp"


@examples(1_500)
@given(content=(TEXTS | SOUPS | mutated()).map(str.encode) | st.binary(max_size=40))
@example(content=b"")
@example(content=b"when")
@example(content=b'include "policy.ccp"')
def test_every_text_is_read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    diagnostics, checked = check_file(path)
    for item in diagnostics:
        source, start, end = item.span.source, item.span.start, item.span.end
        assert 0 <= start <= end <= len(source.text)
        position = source.position(start)
        assert 1 <= position.line <= source.line_count
        assert 1 <= position.column <= len(source.text) + 1
        assert item.message
    assert (checked is None) == any(item.severity == "error" for item in diagnostics)
    if checked is not None and not checked.predicates:
        assert ccproxy.load(path).decide({}).action in ("route", "keep", "reject")
