"""Comments that acknowledge findings: what they are about, what is told of them, and that nothing but the findings' marks changes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.checks import check
from ccproxy.checks.acknowledged import acknowledge, acknowledging, may_be_acknowledged
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.diagnostics.fix import apply_edits
from ccproxy.language.formatter.verified import format_source
from ccproxy.language.loader import Loaded, load_text
from ccproxy.language.parser import parse
from ccproxy.source import Source
from tests.language.formatter.loosening import untidy
from tests.language.policies import policies
from tests.language.profile import examples

DEFAULT = "\ndefault -> default\n"
NO_502 = "CCP502 (negated-missing) is not found here"
NO_503 = "CCP503 (empty-list-holds) is not found here"


def found(text: str, missing: Code | None = None) -> list[Diagnostic]:
    """What the checks find, with the marks of comments; every code but `missing` was looked for."""
    return found_in(load_text(text), missing)


def found_in(loaded: Loaded, missing: Code | None = None) -> list[Diagnostic]:
    return acknowledge(check(loaded)[0], loaded.policy, lambda code: code is not missing)


def told(text: str) -> list[str]:
    return [item.code.number for item in found(text) if not item.acknowledged]


@pytest.mark.parametrize(
    "text",
    [
        'when effort != "a" -> b # ccproxy: CCP502',
        '# ccproxy: CCP502\nwhen effort != "a" -> b',
        '#ccproxy:ccp502 because\nwhen effort != "a" -> b',
        '# ccproxy: CCP502\n# and this is why\nwhen effort != "a" -> b',
        '# ccproxy: CCP502: why\nwhen effort != "a" -> b # what',
        'when stream\n  or effort != "a" -> b # ccproxy: CCP502',
        '# ccproxy: CCP502\nwhen stream\n  or effort != "a"\n  -> b',
        'when stream # ccproxy: CCP502\n  or effort != "a"\n  -> b',
        'when stream -> a when effort != "a" -> b # ccproxy: CCP502',
        'when effort != "a" and all tools == "a" -> b # ccproxy: CCP502, CCP503 both',
        'when effort != "a" and all tools == "a" -> b # ccproxy: CCP502 CCP503',
        '# ccproxy: CCP503\nwhen effort != "a" and all tools == "a" -> b # ccproxy: CCP502',
        'when effort != "a" and speed != "b" -> b # ccproxy: CCP502',
        'let x = effort != "a" # ccproxy: CCP502\nwhen x -> b',
    ],
)
def test_a_comment_acknowledges(text: str) -> None:
    assert told(text + DEFAULT) == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('# ccproxy: CCP502\n\nwhen effort != "a" -> b', ["CCP510", "CCP502"]),
        ('# ccproxy: CCP502\nwhen stream -> a\nwhen effort != "a" -> b', ["CCP510", "CCP502"]),
        ('when stream -> a # ccproxy: CCP502\nwhen effort != "a" -> b', ["CCP510", "CCP502"]),
        ('when effort != "a" -> b\n# ccproxy: CCP502', ["CCP502", "CCP510"]),
        ('when effort != "a" -> b # ccproxy: CCP503', ["CCP502", "CCP510"]),
        ('when effort != "a" -> b # see ccproxy: CCP502', ["CCP502"]),
        ('when effort != "a" -> b # ccproxy: see CCP502', ["CCP502"]),
        ('when user == "# ccproxy: CCP999" -> b', []),
        ("when stream -> b # ccproxy: this is no code", []),
    ],
)
def test_a_comment_is_about_its_statement_alone(text: str, codes: list[str]) -> None:
    assert told(text + DEFAULT) == codes


@pytest.mark.parametrize(
    "text", ["when stream -> a # ccproxy: CCP112", "when stream -> a\n# ccproxy: CCP112", "# ccproxy: CCP112\nwhen stream -> a"]
)
def test_what_is_found_at_the_end_is_acknowledged_there(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "message", "fixed"),
    [
        ("when stream -> a # ccproxy: CCP502 why", NO_502, "when stream -> a"),
        ("  # ccproxy: CCP502\nwhen stream -> a", NO_502, "when stream -> a"),
        ('when effort != "a" -> a # ccproxy: CCP503, CCP502', NO_503, 'when effort != "a" -> a # ccproxy: CCP502'),
        ('when effort != "a" -> a # ccproxy: CCP502, CCP503: x', NO_503, 'when effort != "a" -> a # ccproxy: CCP502: x'),
        ('when effort != "a" -> a # ccproxy: CCP5002', "there is no diagnostic CCP5002", 'when effort != "a" -> a # ccproxy: CCP502'),
        ("when stream -> a # ccproxy: CCP77777", "there is no diagnostic CCP77777", "when stream -> a"),
        ("when stream -> a # ccproxy: CCP402", "CCP402 can't be acknowledged: it is an error", "when stream -> a"),
        ("when stream -> a # ccproxy: CCP510", "CCP510 can't be acknowledged: it stands", "when stream -> a"),
    ],
)  # fmt: skip
def test_a_comment_that_acknowledges_nothing_is_told(text: str, message: str, fixed: str) -> None:
    item = next(item for item in found(text + DEFAULT) if item.code is Code.NOTHING_ACKNOWLEDGED)
    assert item.message == message
    assert apply_edits(item.fixes[0].edits, text + DEFAULT) == fixed + DEFAULT


def test_a_comment_is_not_told_where_its_finding_was_not_looked_for() -> None:
    text = "when stream -> a # ccproxy: CCP302" + DEFAULT
    assert [item.code for item in found(text)] == [Code.NOTHING_ACKNOWLEDGED]
    assert found(text, missing=Code.WILDCARD_LABEL) == []


def test_an_error_stays() -> None:
    assert told("when tokns > 5 -> a # ccproxy: CCP101" + DEFAULT) == ["CCP101", "CCP510"]


def all_acknowledged(text: str) -> str:
    """The text with a comment for everything found that a comment can acknowledge, as an editor adds them."""
    while True:
        loaded = load_text(text)
        left = [item for item in found_in(loaded) if not item.acknowledged and may_be_acknowledged(item.code)]
        if not left:
            return text
        (fix,) = acknowledging(left[:1], loaded.policy)
        assert fix is not None
        text = apply_edits(fix.edits, text)


@examples(150)
@given(st.data())
def test_acknowledging_changes_nothing_else_and_outlives_the_formatter(data: st.DataObject) -> None:
    text = data.draw(untidy(data.draw(policies()).statements))
    before = found(text)
    after = all_acknowledged(text)
    assert parse(Source(after)).file == parse(Source(text)).file
    tidy = format_source(Source(after)).text
    assert tidy is not None
    for new in (after, tidy):
        again = found(new)
        assert Counter(item.code for item in again) == Counter(item.code for item in before)
        assert all(item.acknowledged for item in again if may_be_acknowledged(item.code))
