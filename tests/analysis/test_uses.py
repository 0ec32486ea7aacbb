"""Cases, nearest rules and fixes of policies that people might write."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccproxy.analysis.cases import cases
from ccproxy.analysis.difference import difference
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.nearest import nearest
from ccproxy.analysis.repair import safe_fixes
from ccproxy.diagnostics import Code
from ccproxy.diagnostics.fix import apply_edits
from ccproxy.facts import Request, observe
from ccproxy.policy import load, loads
from tests.analysis.routing import routing_policy
from tests.analysis.samples import behind, checked_policy

_POLICY = """\
let huge = tokens > 200k
when header("x-data-class") == "secret" -> reject "no"
when any tools.types matches "web_search*" -> web_search
when huge -> token_count
when effort in ["xhigh", "max"] -> think
when key.team == "research" and time in 22:00..06:00 -> canary
when stream and 2 < messages <= 10 -> chatty
default -> default
"""
_BUDGETS = """\
when key.budget_used >= 100 and key.budget > 5000 -> default
when key.budget_used >= 100 -> reject "ask for more"
when key.budget_used > 50 and key.spend > 1000 -> cheap
when key.budget_used > 50 -> think
when prompt contains "order" and prompt matches /[0-9]{6}/ and tokens.latest < 30 -> short
when turns > 10 and messages > 20 -> long
default -> default
"""
_STARTERS = sorted((Path(__file__).parents[2] / "policies").glob("*.ccp"))


@pytest.mark.parametrize("text", [_POLICY, _BUDGETS, routing_policy(30), *(path.read_text() for path in _STARTERS)])
def test_cases_pass_and_reach_every_rule(text: str) -> None:
    policy = loads(text)
    made = cases(policy.checked)
    for case in made:
        assert policy.decide(Request.from_envelope(case.request), facts=case.facts) == case.decision, case
        assert case.decision.rule is not None
    reached = {case.decision.rule.number for case in made if case.decision.rule}
    assert reached == set(range(1, len(policy.checked.rules) + 1))
    assert len({(str(case.request), str(case.facts)) for case in made}) == len(made)


def test_cases_stand_on_both_sides_of_a_comparison() -> None:
    made = cases(checked_policy("when tokens > 200k -> long\nwhen messages < 3 -> short\ndefault -> default\n"))
    assert {case.facts["tokens"]: case.decision.label for case in made if "tokens" in case.facts} == {200_001: "long", 200_000: "short"}
    lengths = {len(case.request["body"]["messages"]): case.decision.label for case in made if "tokens" not in case.facts}
    assert lengths[3] == "default"
    assert lengths[2] == "short"


def test_cases_stand_on_both_sides_of_a_chain() -> None:
    made = cases(checked_policy("when 1k < tokens <= 200k -> some\ndefault -> default\n"))
    told = {case.name.partition(": ")[2]: (case.facts["tokens"], case.decision.label) for case in made if case.facts}
    assert told["1k < tokens <= 200k holds"] == (200_000, "some")
    assert told["1k < tokens <= 200k does not hold"] in ((1_000, "default"), (200_001, "default"))


@pytest.mark.parametrize("label", ["a", "b", "c"])
def test_what_fits_a_label_is_never_missing(label: str) -> None:
    """Where models tell it, where one of several must, and where nothing is known."""
    [finding] = analyse(behind(f'when model == "x" and has fits("{label}") -> {label}\ndefault -> default\n'))
    assert finding.code is Code.ALWAYS_TRUE_HERE


@pytest.mark.parametrize(
    ("condition", "possible"),
    [
        ("tokens * messages > 100 and messages * tokens < 50", False),
        ("(2 * tokens) * messages > 100 and messages * tokens < 60", True),
        ("(tokens + 1) * messages > 100 and messages * tokens < 60", True),
        ("(tokens + 1) * messages > 100 and messages * (1 + tokens) < 60", False),
        ('model contains "a" and model != "a"', True),
        ('model contains "a" and model starts with "a" and model ends with "a" and model not in ["a", "aa"]', True),
        ('model matches "?" and model contains "a" and model != "a"', False),
    ],
)
def test_what_can_hold(condition: str, possible: bool) -> None:
    found = {finding.code for finding in analyse(checked_policy(f"when {condition} -> a\ndefault -> default\n"))}
    assert (Code.NEVER_TRUE not in found) is possible


def test_items_need_no_messages() -> None:
    text = "".join(
        f"when messages == 0 and {part} -> a{number}\n"
        for number, part in enumerate(
            ('any tools.called == "Bash"', "images.latest > 1", "images > images.latest", "documents > 0 and count(tools.called) == 0")
        )
    )
    labels = [
        case.decision.label
        for case in cases(checked_policy(text + "default -> default\n"))
        if case.name.endswith(case.decision.label or "?")
    ]
    assert labels == ["a0", "a1", "a2", "a3", "default"]


@pytest.mark.parametrize("part", ["images > 0", "images.latest > 1", "documents > 2", "audio == 1", "video > 0", "has tools.called"])
@pytest.mark.parametrize("there", ["has messages", "has turns", "messages + tokens >= 0", "2 * turns + count(tools) >= 0"])
def test_what_is_in_items_is_not_without_any(part: str, there: str) -> None:
    checked = checked_policy(f"when {part} and not {there} -> a\nwhen not {there} -> b\nwhen {part} -> c\ndefault -> default\n")
    [finding] = analyse(checked)
    assert (finding.code, finding.span.line) == (Code.NEVER_TRUE, 1)


def test_no_case_hangs_on_the_answer_of_a_predicate() -> None:
    text = 'predicate vip = "rules.Vip"()\nwhen messages > 2 -> a\nwhen vip and stream -> b\nwhen images > 0 -> c\ndefault -> default\n'
    made = cases(checked_policy(text))
    assert {case.decision.label for case in made} == {"a", "c", "default"}
    for case in made:
        assert "predicates" not in case.request
        assert case.decision.label == "a" or not case.request["body"].get("stream")


def test_nearest_tells_what_one_fact_would_have_to_be() -> None:
    checked = checked_policy(_POLICY)
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    facts = observe(body, overrides={"tokens": 13_211, "time": 12 * 60, "weekday": 0}, key={"team": "research"})
    found = {item.rule: item for item in nearest(checked, facts)}
    assert found[3].change == "huge needs 186,790 more tokens"
    assert found[4].change == 'effort in ["xhigh", "max"] needs effort "max"'
    assert found[5].change == "time in 22:00..06:00 needs time 05:59"
    assert found[6].change == "2 < messages <= 10 needs 2 more messages"
    assert found[1].change == 'header("x-data-class") == "secret" needs header("x-data-class") "secret"'
    assert found[2].change == 'any tools.types matches "web_search*" needs "web_search" in tools.types'
    assert [item.rule for item in nearest(checked, facts)] == [1, 2, 3, 4, 5, 6]


def test_nearest_puts_the_rules_above_first() -> None:
    checked = checked_policy("when tokens > 60k -> a\nwhen stream -> b\ndefault -> default\n")
    facts = observe({"stream": True}, overrides={"tokens": 50_000})
    assert [(item.rule, item.change) for item in nearest(checked, facts)] == [
        (1, "tokens > 60k needs 10,001 more tokens"),
        (3, "not (stream) needs stream false"),
    ]


def test_nearest_leaves_out_what_it_does_not_know() -> None:
    predicate = 'predicate vip = "rules.Vip"()\n'
    product = checked_policy("when messages * messages == 4 -> a\nwhen stream -> b\nwhen images > 0 -> c\ndefault -> default\n")
    facts = observe({"messages": [], "stream": False})
    assert nearest(product, facts) == []
    asked = checked_policy(predicate + "when stream and vip -> a\nwhen stream -> b\ndefault -> default\n")
    assert nearest(asked, facts) == []
    assert [item.rule for item in nearest(asked, facts, {"vip": True})] == [1]
    assert [item.rule for item in nearest(asked, facts, {"vip": False})] == [2]


def test_fix_leaves_out_what_changes_nothing() -> None:
    text = (
        "# first\n"
        "when tokens > 200k and tokens > 60k -> a\n"
        "when tokens > 300k -> b\n"
        'when model == "x" or (model starts with "x" or stream) -> c\n'
        'when effort == "low" -> default  # why it is here\n'
        'when effort == "high" -> default\n'
        "default -> default\n"
    )
    checked = checked_policy(text)
    changed = apply_edits([edit for fix in safe_fixes(checked) for edit in fix.edits], text)
    assert changed == ('# first\nwhen tokens > 200k -> a\nwhen (model starts with "x" or stream) -> c\ndefault -> default\n')
    assert difference(checked, checked_policy(changed)).verdict == "same"


def test_fix_does_not_touch_mistakes() -> None:
    assert safe_fixes(checked_policy("when tokens > 5 and tokens < 6 -> a\ndefault -> default\n")) == []


def test_difference_names_rules_requests_and_classes() -> None:
    old, new = checked_policy(_POLICY), checked_policy(_POLICY.replace("200k", "250k"))
    found = difference(old, new)
    assert found.verdict == "different"
    assert {(change.old_rule.span.line, change.new_rule.span.line) for change in found.changes if change.old_rule and change.new_rule} == {
        (4, 5),
        (4, 6),
        (4, 7),
        (4, 8),
    }
    for change in found.changes:
        assert change.old.label == "token_count"
        assert change.new.label != "token_count"
        assert 200_000 < change.request["facts"]["tokens"] <= 250_000
        assert change.classes


def test_difference_of_splits_shows_a_session_that_moves() -> None:
    old = checked_policy("default -> 90% a, 10% b\n")
    new = checked_policy("default -> 50% a, 50% b\n")
    (change,) = difference(old, new).changes
    assert (change.old.label, change.new.label) == ("a", "b")


def test_difference_of_splits_varies_what_they_go_by() -> None:
    old = checked_policy("when stream -> a\ndefault -> default\n")
    for fact in ("user", 'header("x-user")', 'metadata("k")', 'body("a.b")', "model", "key.alias"):
        new = checked_policy(f"when stream -> 99.5% a, 0.5% b by {fact}\ndefault -> default\n")
        (change,) = difference(old, new).changes
        assert (change.old.label, change.new.label) == ("a", "b"), fact


def test_splits_that_send_all_to_one_label_are_the_same_as_that() -> None:
    old = checked_policy("when stream and not has user -> a\ndefault -> default\n")
    new = checked_policy("when stream and not has user -> 60% a, 40% b by user\ndefault -> 100% default by model\n")
    assert difference(old, new).verdict == "same"


@pytest.mark.parametrize("models", [["m"], ["n"], ["m", "n", "o", "p"], ["c", "d"], [f"m{number}" for number in range(60)]])
def test_splits_of_few_values_are_decided_by_their_hashes(models: list[str]) -> None:
    old = checked_policy("when stream -> a\ndefault -> default\n")
    listed = ", ".join(f'"{model}"' for model in models)
    new = checked_policy(f"when stream -> a\nwhen model in [{listed}] -> 98% default, 2% b by model\ndefault -> default\n")
    policy = loads(f"when model in [{listed}] -> 98% default, 2% b by model\ndefault -> default\n")
    moved = {policy.decide({"model": model}).label for model in models} == {"default", "b"}
    found = difference(old, new)
    assert (found.verdict, found.doubts) == ("different" if moved else "same", ())


def test_difference_over_time_zones_shows_moments() -> None:
    text = "when weekday in sat..sun -> weekend\nwhen time in 22:00..05:00 -> night\ndefault -> day\n"
    found = difference(checked_policy('timezone "America/New_York"\n' + text), checked_policy('timezone "Europe/Berlin"\n' + text))
    moves = {(change.old.label, change.new.label) for change in found.changes}
    assert moves == {(old, new) for old in ("weekend", "night", "day") for new in ("weekend", "night", "day") if old != new}
    assert found.doubts == ()


def test_difference_over_time_zones_is_not_called_the_same() -> None:
    text = "when time < 12:00 -> a\ndefault -> b\n"
    assert difference(checked_policy(text), checked_policy('timezone "Etc/UTC"\n' + text)).verdict == "undecided"
    unasked = "when stream -> a\ndefault -> b\n"
    assert difference(checked_policy(unasked), checked_policy('timezone "Europe/Berlin"\n' + unasked)).verdict == "same"


@pytest.mark.parametrize("path", _STARTERS, ids=lambda path: path.stem)
def test_a_starter_policy_is_the_same_as_itself(path: Path) -> None:
    checked = load(path).checked
    assert difference(checked, checked).verdict == "same"
    assert safe_fixes(checked) == []


def test_cases_have_the_comparisons_of_lets_where_they_matter() -> None:
    text = 'let quiet = weekday in sat..sun and stream\nwhen quiet and key.team == "r" -> a\ndefault -> default\n'
    names = {case.name: case for case in cases(checked_policy(text))}
    weekday = names["line 2: weekday in sat..sun does not hold"]
    assert weekday.request["body"]["stream"] is True
    assert weekday.request["key"] == {"team": "r"}
    assert weekday.decision.label == "default"
    assert {"line 2: stream does not hold", 'line 2: key.team == "r" does not hold'} <= names.keys()


def test_cases_are_made_behind_a_part_that_decides() -> None:
    text = 'when false and key.team == "r" -> a\nwhen stream or (1 > 2 and model == "x") -> b\ndefault -> default\n'
    assert {case.decision.label for case in cases(checked_policy(text))} == {"b", "default"}
