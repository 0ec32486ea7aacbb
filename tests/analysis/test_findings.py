"""Broken policies with just the findings that they have, and sound ones without any."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ccproxy.analysis.findings import analyse
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import Undecided
from ccproxy.analysis.witness.trial import Replay
from ccproxy.diagnostics import Code, Severity
from ccproxy.policy import check_file
from tests.analysis.samples import checked_policy

_BROKEN = sorted((Path(__file__).parent / "broken").glob("*.ccp"))
_STARTERS = sorted((Path(__file__).parents[2] / "policies").glob("*.ccp"))


def _found(text: str) -> list[tuple[int, str]]:
    return [(item.span.line, item.code.slug) for item in analyse(checked_policy(text))]


@pytest.mark.parametrize("path", _BROKEN, ids=lambda path: path.stem)
def test_a_broken_policy_has_just_its_findings(path: Path) -> None:
    text = path.read_text()
    lines = enumerate(text.splitlines(), 1)
    expected = [(number, name) for number, line in lines for name in re.findall(r"# ! (\S+)", line)]
    assert expected
    assert _found(text) == expected


def test_the_corpus_is_large() -> None:
    assert len(_BROKEN) >= 40


@pytest.mark.parametrize("path", _STARTERS, ids=lambda path: path.stem)
def test_a_starter_policy_has_no_finding(path: Path) -> None:
    _, checked = check_file(path)
    assert checked is not None
    assert analyse(checked) == []


@pytest.mark.parametrize(
    "text",
    [
        "when model == user -> a\nwhen key.user == user -> b\ndefault -> default\n",
        "when any tools == model -> a\nwhen model in tools -> b\nwhen model contains user -> c\ndefault -> default\n",
        "when tokens * messages > 100 -> a\ndefault -> default\n",
        'predicate vip = "rules.Vip"(1)\nwhen vip and stream -> a\nwhen vip -> b\ndefault -> default\n',
        "when key.spend * 2 > key.budget + 1.5 -> a\nwhen key.budget_used > 80 -> b\ndefault -> default\n",
        "when time in 22:00..06:00 and weekday in fri..mon -> a\nwhen time >= 12:00 -> b\ndefault -> default\n",
        "when not has model -> a\nwhen messages > 100 and images > 3 and turns > 50 -> b\ndefault -> default\n",
        'when prompt contains "<system-reminder>" -> a\ndefault -> default\n',
        "when messages == 0 and (has tools.called or images.latest > 0 or documents > 0) -> a\ndefault -> default\n",
        "when messages == 0 and (audio > 0 or video > 1) -> a\ndefault -> default\n",
        'when any tags == "beta" and count(tags) == 2 -> a\nwhen any tags contains "," -> b\ndefault -> default\n',
        'when key.team == "legal" -> default because "legal may use no other"\nwhen stream -> a\ndefault -> default\n',
        'when thinking.type == "adaptive" and thinking.budget > 5k -> a\nwhen not thinking and has effort -> b\ndefault -> default\n',
    ],
)
def test_sound_policies_have_no_finding(text: str) -> None:
    findings = [item for item in analyse(checked_policy(text)) if item.severity is not Severity.NOTE]
    assert findings == []


def test_a_condition_that_was_not_decided_alone_and_needs_no_rule_to_be_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reach, "holds", lambda _self, _rule: Undecided("too much"))
    assert _found("when tokens > 5 and tokens < 3 -> a\ndefault -> b\n") == [(1, "never-true")]


def test_a_covering_set_is_smallest_and_named() -> None:
    text = 'when tokens > 60k -> a\nwhen stream -> b\nwhen tokens <= 60k -> c\nwhen effort == "max" -> d\ndefault -> default\n'
    finding, default = analyse(checked_policy(text))
    assert finding.code is Code.UNREACHABLE_RULE
    assert "lines 1 and 3 together" in finding.message
    assert [note.span.line for note in finding.notes if note.span] == [1, 3]
    assert default.code is Code.UNREACHABLE_DEFAULT


def test_a_covering_set_is_smallest_by_definitions_too() -> None:
    text = (
        "when tokens - tokens.latest <= 3 or stream -> a\n"
        "when tokens > tokens.latest -> b\n"
        "when tokens.latest - tokens <= 0 or thinking -> c\n"
        "when messages > 3 -> d\n"
        "default -> default\n"
    )
    covered = [
        note.span.line for item in analyse(checked_policy(text)) if item.code is Code.UNREACHABLE_RULE for note in item.notes if note.span
    ]
    assert covered == [1, 2, 3]


def test_a_redundant_rule_is_told_with_the_rule_that_would_take_its_requests() -> None:
    text = (
        'when model == "x" and stream -> a\nwhen model starts with "x" -> a\nwhen tokens > 5k and stream -> default\ndefault -> default\n'
    )
    found = analyse(checked_policy(text))
    assert [(item.code, [note.span.line for note in item.notes if note.span]) for item in found] == [
        (Code.REDUNDANT_RULE, [2]),
        (Code.REDUNDANT_RULE, [4]),
    ]


def test_rules_of_several_files_are_named_with_their_files(tmp_path: Path) -> None:
    (tmp_path / "more.ccp").write_text("when tokens > 60k and stream -> b\nwhen tokens > 60k -> c\n")
    (tmp_path / "main.ccp").write_text(
        'include "more.ccp"\nwhen tokens > 100k -> d\nwhen tokens > 10k and tokens <= 60k -> e\ndefault -> a\n'
    )
    _, checked = check_file(tmp_path / "main.ccp")
    assert checked is not None
    unreachable, part = analyse(checked)
    assert "more.ccp:2 takes all that it would" in unreachable.message
    assert "more.ccp:2 leaves no other requests" in part.message


def test_a_broken_assertion_comes_with_a_request_that_breaks_it() -> None:
    checked = checked_policy((Path(__file__).parent / "broken" / "45-never-broken-by-a-label.ccp").read_text())
    (finding,) = analyse(checked)
    assert finding.severity is Severity.ERROR
    assert finding.witness is not None
    replay = Replay(checked)
    assert replay.holds(checked.assertions[0].condition, finding.witness)
    assert replay.decide(finding.witness).label == "cloud"


def test_an_assertion_broken_by_a_branch_comes_with_a_request_that_goes_there() -> None:
    checked = checked_policy("assert when stream -> never rare\nwhen stream -> 99.5% usual, 0.5% rare by key.user\ndefault -> default\n")
    finding, note = analyse(checked)
    assert note.code is Code.SPLIT_WITHOUT_FACT
    assert finding.witness is not None
    assert Replay(checked).decide(finding.witness).label == "rare"
    assert finding.witness["key"]["user"]


def test_kept_assertions_yield_nothing() -> None:
    text = (
        'assert when header("x-data-class") == "secret" -> never cloud\n'
        "assert when tokens > 200k -> only long, local\n"
        'when header("x-data-class") == "secret" -> local\n'
        "when tokens > 180k -> long fallback local\n"
        "when tokens < 20k -> cloud\n"
        "default -> local\n"
    )
    assert _found(text) == []


def test_what_does_not_depend_on_the_engine_is_undecided() -> None:
    text = 'when model matches /a\\Bb/ and not (model matches /a\\Bb/s) and model == "q" -> a\ndefault -> default\n'
    assert _found(text) == [(1, "undecided")]
