"""What the analysis takes for impossible by the definitions of facts, against requests: none of them may have it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccproxy.analysis.formulas.atoms import Atom, Kind, Present, Source, Subject
from ccproxy.analysis.formulas.evaluate import Evaluator
from ccproxy.analysis.formulas.formula import Formulas
from ccproxy.analysis.space.laws import impossible_formulas
from ccproxy.analysis.space.numbers import AT_MOST
from ccproxy.analysis.space.possible_texts import PossibleTexts, possible_texts
from ccproxy.analysis.space.variables import bounds_of, may_be_missing
from ccproxy.analysis.witness.observed import values_of
from ccproxy.facts import Facts, TokenCounter, observe
from ccproxy.facts.definitions import FACTS
from ccproxy.language.types import Type
from tests.language.bodies import bodies
from tests.language.profile import examples

_KINDS = {Type.TEXT: Kind.TEXT, Type.NUMBER: Kind.NUMBER, Type.BOOL: Kind.BOOL, Type.LIST: Kind.LIST}
_SUBJECTS = [Subject(_KINDS[fact.type], Source("fact", fact.name)) for fact in FACTS if fact.type in _KINDS]
_HEADERS = ("user-agent", "x-claude-code-session-id", "x-a-session-id", "anthropic-beta", "x-claude-code-request-class")
_PATHS = ("/v1/messages", "/v1/responses", "/v1/chat/completions", "/v1/completions", "/other", None)
_COUNTER = TokenCounter()


def _impossible(formulas: Formulas) -> list[int]:
    for subject in _SUBJECTS:
        formulas.atom(Atom(subject, Present()))
    return impossible_formulas(formulas)


_FORMULAS = Formulas()
_IMPOSSIBLE = _impossible(_FORMULAS)


@examples(120)
@given(
    body=bodies(),
    headers=st.dictionaries(st.sampled_from(_HEADERS), st.sampled_from(["", " ", " a, b,a", "claude-cli/2.1.330"]), max_size=3),
    path=st.sampled_from(_PATHS),
    spent=st.sampled_from([None, 0, 50]),
    budget=st.sampled_from([None, 0, 40.5]),
)
def test_no_request_has_what_is_impossible(body: Any, headers: dict[str, str], path: str | None, spent: Any, budget: Any) -> None:
    _has_nothing_impossible(observe(body, headers=headers, path=path, key={"spend": spent, "budget": budget}, counter=_COUNTER))


def test_no_capture_has_what_is_impossible() -> None:
    for path in sorted((Path(__file__).parents[1] / "captures").glob("*.json")):
        capture = json.loads(path.read_text())
        _has_nothing_impossible(observe(capture.get("body"), headers=capture.get("headers"), path=capture.get("path"), counter=_COUNTER))


def _has_nothing_impossible(facts: Facts) -> None:
    values = values_of(facts, {})
    for formula in _IMPOSSIBLE:
        assert Evaluator(_FORMULAS).holds(formula, values, {}) is False
    for subject in _SUBJECTS:
        value, source = values(subject), subject.of
        assert isinstance(source, Source)
        if value is None:
            assert may_be_missing(source) or not facts.is_object, source
        elif isinstance(value, str):
            assert _fits(value, possible_texts(source)), source
        elif isinstance(value, tuple):
            assert all(_fits(element, possible_texts(source)) for element in value), source
        elif not isinstance(value, bool):
            bounds = bounds_of(source)
            assert not bounds.whole or isinstance(value, int), source
            assert bounds.least is None or value >= bounds.least, source
    for low, high in AT_MOST:
        less, more = facts.read(low), facts.read(high)
        assert not isinstance(less, int) or not isinstance(more, int) or less <= more, low
    assert facts.tokens == facts.tokens_system + facts.tokens_tools + facts.tokens_messages


def _fits(text: str, shape: PossibleTexts) -> bool:
    listed = shape.only is None or text in shape.only
    return listed and all(item.matches(text) for item in shape.required) and not any(item.matches(text) for item in shape.refused)
