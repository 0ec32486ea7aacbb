"""Every way through the splits of policies: what `diff` lists, and what it proves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, product
from random import Random

import pytest

from ccproxy.analysis.difference import Difference, difference
from ccproxy.analysis.findings import analyse
from ccproxy.analysis.witness.trial import Replay
from ccproxy.diagnostics import Code
from ccproxy.facts import observe
from ccproxy.facts.definitions import FACTS
from ccproxy.language.types import Type
from ccproxy.policy import loads

from .samples import checked_policy, sampled_request, scaled
from .small_policies import SmallPolicies

TEXTS = [fact.name for fact in FACTS if fact.type is Type.TEXT]
READERS = ['header("x-a")', 'header("user-agent")', 'metadata("x")', 'body("a.b")', 'body("model")', 'body("messages.0.content")']
BEFORE = ["", "when images > 0 -> v\n", "when documents > 2 -> v\n", "when tokens > 5k and not stream -> v\n"]


def moves(found: Difference) -> set[tuple[str | None, str | None]]:
    return {(change.old.label, change.new.label) for change in found.changes}


@pytest.mark.parametrize("by", TEXTS + READERS)
def test_a_ramp_by_any_fact_is_decided(by: str) -> None:
    for before in BEFORE:
        old, new = (checked_policy(f"{before}default -> {100 - share}% a, {share}% b by {by}") for share in (10, 60))
        for policies in ((old, new), (new, old)):
            found = difference(*policies)
            assert (found.verdict, found.doubts) == ("different", ()), (by, before)
            assert moves(found) <= {("a", "b"), ("b", "a")}


def test_a_ramp_moves_only_the_added_share() -> None:
    old, new = checked_policy("default -> 90% a, 10% b by user"), checked_policy("default -> 80% a, 20% b by user")
    assert (moves(difference(old, new)), moves(difference(new, old))) == ({("a", "b")}, {("b", "a")})


def test_each_pair_of_labels_that_changes_is_listed() -> None:
    old, new = checked_policy("default -> 50% a, 30% b, 20% c by user"), checked_policy("default -> 20% c, 50% a, 30% b by user")
    found = difference(old, new)
    assert moves(found) == {(one, two) for one, two in product("abc", repeat=2) if one != two}
    assert found.doubts == ()
    other = difference(old, checked_policy("default -> 50% a, 50% d by session"))
    assert moves(other) == {(one, two) for one, two in product("abc", "ad") if one != two}
    assert other.doubts == ()


def test_ramps_of_three_branches_move_what_their_shares_say() -> None:
    for who, more in (("when has user", set()), ("default", {("a", "c")})):  # who has no user goes to the largest share
        old, new = (checked_policy(f"{who} -> {shares} by user") for shares in ("50% a, 30% b, 20% c", "30% a, 30% b, 40% c"))
        found = difference(old, new)
        assert moves(found) == {("a", "b"), ("b", "c"), *more}
        assert found.doubts == ()


def test_what_is_not_decided_names_its_rules() -> None:
    old = checked_policy("when stream -> v\ndefault -> a")
    found = difference(old, checked_policy("when stream -> v\ndefault -> 99.9999999% a, 0.0000001% b by user"))
    (doubt,) = found.doubts
    assert found.verdict == "undecided"
    assert [rule and (rule.line, rule.text) for rule in doubt.rules] == [
        (2, "default -> a"),
        (2, "default -> 99.9999999% a, 0.0000001% b by user"),
    ]


@pytest.mark.parametrize(
    ("text", "branches"),
    [
        ('when user starts with "team-" -> 99% a, 1% b by user', {"a", "b"}),
        ('when user ends with "@example.org" and user != "x@example.org" -> 99% a, 1% b by user', {"a", "b"}),
        ("when user matches /[a-z]+-[0-9]+/ -> 60% a, 40% b by user", {"a", "b"}),
        ('when user contains "q" and user contains "z" and not (user contains "qz") -> 90% a, 10% b by user', {"a", "b"}),
        ('when stream and user == "u1" or not stream and user in ["u2", "u3", "u4", "u5"] -> 50% a, 50% b by user', {"a", "b"}),
        ("when not has user -> 99% a, 1% b by user", {"a"}),
        ("when thinking -> 60% a, 40% b by thinking.type", None),
    ],
)
def test_branches_of_narrow_rules(text: str, branches: set[str] | None) -> None:
    old = checked_policy(text[: text.index("->")] + "-> old")
    found = difference(old, checked_policy(text))
    assert found.doubts == ()
    assert branches is None or moves(found) == {("old", branch) for branch in branches}


def test_an_assertion_is_broken_only_by_a_request_that_reaches_the_label() -> None:
    policy = "when stream -> {}\ndefault -> default\nassert when stream -> never {}\n"
    for split, label in (("99.5% usual, 0.5% rare by key.user", "rare"), ("99% usual, 1% rare by prompt", "usual")):
        checked = checked_policy(policy.format(split, label))
        broken = next(item for item in analyse(checked) if item.code is Code.ASSERTION_BROKEN)
        assert broken.witness is not None
        assert Replay(checked).decide(broken.witness).label == label
        assert [note.message for note in broken.notes] == [f"the assertion does not allow `{label}`"]
    kept = "when stream and not has user -> 60% a, 40% b by user\nassert when stream and not has user -> never b\n"
    assert [item.code for item in analyse(checked_policy(kept))] == [Code.SPLIT_WITHOUT_FACT]


def splitting(random: Random, texts: Iterator[str]) -> Iterator[str]:
    """These policies, with a split instead of a label somewhere."""
    for text in texts:
        by = random.choice(("effort", "model", "user", 'header("x-a")', 'body("t.x")'))
        share = random.choice((10, 40, 70))
        target = random.choice(list(re.finditer(r"-> ([a-d]|stay)( fallback [a-d])?$", text, re.MULTILINE)))
        yield f"{text[: target.start()]}-> {100 - share}% a, {share}% b by {by}{text[target.end() :]}"


def test_differences_agree_with_what_both_policies_decide() -> None:
    random, drawn = Random(11), SmallPolicies(73)
    number = scaled(60, 1_500)
    texts = [drawn.policy() for _ in range(number)]
    pairs = [*pairwise(splitting(random, iter(texts)))]
    changed = list(splitting(random, iter(texts)))
    pairs += zip(texts, changed, strict=True)
    shown = agreed = 0
    for old, new in pairs:
        found = difference(checked_policy(old), checked_policy(new))
        policies = loads(old), loads(new)
        listed = set()
        for change in found.changes:
            shown += 1
            request = change.request
            replays = Replay(policies[0].checked), Replay(policies[1].checked)
            before, after = (replay.decide(request) for replay in replays)
            assert (before, after) == (change.old, change.new), (old, new, request)
            assert before.outcome != after.outcome
            listed.add((before, after))
        if found.doubts:
            continue
        for _ in range(25):
            facts = observe(**sampled_request(random))
            before, after = (policy.decide_facts(facts) for policy in policies)
            agreed += before.outcome == after.outcome
            assert before.outcome == after.outcome or (before, after) in listed, (old, new, facts)
    assert shown > 2 * number
    assert agreed > 5 * number
