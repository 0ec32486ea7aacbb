"""Requests that are known in part: decided only as every completion would be, left undecided with the facts that are wanting."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ccproxy
from ccproxy import Request, Undecided
from ccproxy.facts import EnvelopeError
from ccproxy.facts.request import fact_key
from tests.analysis.small_policies import SmallPolicies
from tests.language import reference as judging
from tests.language.expressions import FACTS, LABEL_CALLS
from tests.language.policies import Asked, Written, policies, requests
from tests.language.profile import examples

TYPES: Mapping[str, str] = {name: type_ for type_, names in FACTS.items() for name in names}
CALLS = tuple(f"{function}(" for calls in LABEL_CALLS.values() for function, _ in calls)
READERS = ("header", "body", "metadata")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("policies")
    shutil.copy(Path(judging.__file__).with_name("property_rules.py"), path)
    return path


def load(folder: Path, written: Written) -> ccproxy.Policy:
    (folder / "policy.ccp").write_text("".join(written.lines))
    return ccproxy.load(folder / "policy.ccp")


def completed(one: Asked, other: Asked, unknown: set[str]) -> Asked:
    """What a request may be of which the unknown parts are as the other's."""
    facts = {name: (other if name in unknown else one).facts[name] for name in one.facts}
    body = dict((other if "body" in unknown else one).body)
    if "metadata" in unknown:
        body.pop("metadata", None)
        body |= {name: value for name, value in other.body.items() if name == "metadata"}
    return Asked(body, {**other.headers, **one.headers} if "header" in unknown else one.headers, facts)


def expected(judge: judging.Reference, one: Asked) -> judging.Outcome:
    return judge.decide(judging.Request(one.facts, one.headers, one.body, {"asks": "p" in one.body}))


def agrees(decision: ccproxy.Decision, outcome: judging.Outcome) -> bool:
    """Whether a decision has this outcome, by this rule if it names one."""
    same = (decision.action, decision.label, decision.fallbacks, decision.message)
    by = decision.rule.number if decision.rule else outcome.rule
    return (*same, by) == (outcome.action, outcome.label, outcome.fallbacks, outcome.message, outcome.rule)


def check(found: ccproxy.Decision | Undecided, completions: list[judging.Outcome], unknown: set[str]) -> None:
    match found:
        case ccproxy.Decision():
            assert all(agrees(found, outcome) for outcome in completions)
        case Undecided(causes, possible):
            assert len(possible) > 1
            outcomes = [end.outcome for end in possible]
            assert len(set(outcomes)) == len(outcomes)
            for outcome in completions:
                assert any(agrees(end, judging.Outcome(*_fields(outcome))) for end in outcomes)
            assert causes
            assert len(set(causes)) == len(causes)
            named = {fact_key(name) for name in unknown}
            assert all(cause in named or cause.partition("(")[0] in unknown or cause == "asks" for cause in causes)


def _fields(outcome: judging.Outcome) -> tuple[Any, ...]:
    return outcome.action, outcome.label, outcome.fallbacks, outcome.message


@examples(150)
@given(written=policies(), one=requests(), others=st.lists(requests(), min_size=3, max_size=6), data=st.data())
def test_never_otherwise_than_a_completion(folder: Path, written: Written, one: Asked, others: list[Asked], data: st.DataObject) -> None:
    policy = load(folder, written)
    judge = judging.reference(written.statements, TYPES)
    names = [*TYPES, *READERS, *(name for name in one.facts if name.startswith(CALLS))]
    share = data.draw(st.sampled_from([1, 3, 30]))
    unknown = {name for name in data.draw(st.lists(st.sampled_from(names), max_size=len(names) // share)) if name in names}
    if "body" in unknown:
        unknown.add("metadata")
    known = {name: value for name, value in one.facts.items() if name not in unknown}
    request = Request({} if "body" in unknown else one.body, headers=one.headers, facts=known)
    completions = [expected(judge, completed(one, other, unknown)) for other in (one, *others)]
    check(policy.decide_known(request, unknown), completions, unknown)


@examples(100)
@given(written=policies(), one=requests(), others=st.lists(requests(), min_size=3, max_size=6), data=st.data())
def test_from_recorded_facts_alone(folder: Path, written: Written, one: Asked, others: list[Asked], data: st.DataObject) -> None:
    policy = load(folder, written)
    judge = judging.reference(written.statements, TYPES)
    share = data.draw(st.sampled_from([1, 2, 10]))
    told = set(data.draw(st.lists(st.sampled_from(sorted(one.facts)), max_size=len(one.facts) // share)))
    # what is calculated for a label, and not told of it, is a matter of the policy's models
    told |= {name for name in one.facts if name.startswith(("fits(", "cost("))}
    unknown = {*one.facts, *READERS} - told
    completions = [expected(judge, completed(Asked({}, {}, one.facts), other, unknown)) for other in (one, *others)]
    check(policy.decide_known({name: one.facts[name] for name in told}), completions, {*unknown, "quota", "healthy"})


@examples(100)
@given(written=policies(), one=requests())
def test_decides_as_ever_where_all_is_known(folder: Path, written: Written, one: Asked) -> None:
    policy = load(folder, written)
    assert policy.decide_known(Request(one.body, headers=one.headers, facts=one.facts)) == policy.decide(
        one.body, headers=one.headers, facts=one.facts
    )


VALUES: Mapping[str, tuple[Any, ...]] = {
    "model": (None, "", "a", "ab", "b", "x-haiku"),
    "effort": (None, "a", "b", "haiku"),
    "stream": (None, False, True),
    "messages": (None, 0, 1, 2, 3, 5),
    "images": (0, 1, 2, 4),
    "tools": (None, (), ("a",), ("a", "b")),
    "weekday": (None, 0, 2, 5),
}


@pytest.mark.parametrize("seed", range(40))
def test_against_all_completions(seed: int) -> None:
    """Brute force: every completion of up to three unknown facts; what a policy asks of headers and bodies is known to be missing."""
    small = SmallPolicies(seed)
    policy, random = ccproxy.loads(small.policy()), small.random
    for _ in range(5):
        unknown = set(random.sample(sorted(VALUES), 3))
        facts = {name: random.choice(values) for name, values in VALUES.items()}
        facts |= {
            "tokens": random.randint(0, 6),
            "tokens.latest": random.randint(0, 3),
            "betas": None,
            "max_tokens": random.choice((None, 2)),
        }
        facts |= {"key.spend": None, "time": random.choice((None, 3 * 60, 12 * 60))}
        known = {name: value for name, value in facts.items() if name not in unknown}
        found = policy.decide_known(Request({}, facts=known), unknown)
        ends = [
            policy.decide({}, facts={**known, **dict(zip(sorted(unknown), values, strict=True))}).outcome
            for values in product(*(VALUES[name] for name in sorted(unknown)))
        ]
        if isinstance(found, Undecided):
            assert set(ends) <= {end.outcome for end in found.possible}
            assert set(found.causes) <= unknown
        else:
            assert set(ends) == {found.outcome}
        if unknown.isdisjoint(policy.asked):
            assert found == policy.decide({}, facts=known)


def test_an_unknown_function_of_a_label_in_any_spelling() -> None:
    policy = ccproxy.loads('when cost("openai/gpt-4o") > 1 -> slow\ndefault -> fast')
    for name in ('cost("openai/gpt-4o")', "cost(openai/gpt-4o)"):
        assert isinstance(policy.decide_known(Request({}), {name}), Undecided)
        assert policy.decide_known(Request({}, facts={name: 2.0}), {name}) == policy.decide({}, facts={name: 2.0})


def labels(found: ccproxy.Decision | Undecided) -> Any:
    return found.label if isinstance(found, ccproxy.Decision) else ({end.label for end in found.possible}, found.causes)


@pytest.mark.parametrize(
    ("condition", "told", "holds"),
    [
        ("has effort", {}, None),
        ('effort == "a"', {}, None),
        ('effort != "a"', {}, None),
        ('not effort == "a"', {}, None),
        ("count(tools) >= 0", {}, None),
        ('all tools == "a"', {}, None),
        ('none tools == "a"', {}, None),
        ("messages + 1 > 0", {}, None),
        ('effort == "a" and stream', {"stream": False}, False),
        ('effort == "a" or stream', {"stream": True}, True),
        ('effort == "a" and stream', {"stream": True}, None),
        ('not (effort == "a" and stream)', {"stream": False}, True),
        ('effort == "a" and not (stream or has user)', {"stream": True}, False),
        ("has effort", {"effort": None}, False),
        ('effort != "a"', {"effort": None}, True),
        ("stream", {"stream": None}, False),
        ("images == 0", {"images": 0}, True),
        ("has tokens", {}, True),
        ("time in 22:00..06:00", {"time": "23:30"}, True),
        ("weekday == mon", {"weekday": "tue"}, False),
        ("key.spend > 0.1", {"key.spend": 0.2}, True),
        ("tokens > 1k", {"tokens": {"at_least": 1001}}, True),
        ("tokens > 1k", {"tokens": {"at_least": 1000}}, None),
        ("tokens > 1k", {"tokens": {"at_most": 1000}}, False),
        ("tokens > 1k", {"tokens": {"at_most": 1001}}, None),
        ("tokens - tokens.latest < 1k", {"tokens": {"at_most": 1500}, "tokens.latest": 600}, True),
        ("tokens - tokens.latest < 1k", {"tokens": {"at_most": 1500}, "tokens.latest": {"at_least": 500}}, None),
        ("tokens - tokens.latest < 1k", {"tokens": {"at_most": 1500, "at_least": 0}, "tokens.latest": {"at_least": 501}}, True),
        ("tokens == 5", {"tokens": {"at_most": 4}}, False),
        ("tokens != 5", {"tokens": {"at_least": 5, "at_most": 5}}, False),
        ("healthy(fast)", {}, None),
        ("healthy(fast)", {"healthy(fast)": False}, False),
        ("quota(fast) > 1", {}, None),
        ("fits(fast)", {}, True),
        ("has cost(fast)", {}, False),
        ("cost(fast) > 0.01", {"cost(fast)": 0.02}, True),
        ('header("x-a") == "b" or stream', {"stream": True}, True),
        ('header("x-a") != "b"', {}, None),
        ('metadata("k") == "b"', {}, None),
        ('has body("a.b")', {}, None),
    ],
)
def test_truth(condition: str, told: dict[str, Any], holds: bool | None) -> None:
    found = ccproxy.loads(f"when {condition} -> yes\ndefault -> no").decide_known(told)
    if holds is None:
        assert isinstance(found, Undecided)
        assert {end.label for end in found.possible} == {"yes", "no"}
    else:
        assert labels(found) == ("yes" if holds else "no")


BODY = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}


@pytest.mark.parametrize(
    ("policy", "unknown", "told"),
    [
        # all rules that may win, up to the one that surely does, have one target
        ("when has tools -> a\nwhen has effort -> a\ndefault -> a", ["tools", "effort"], "a"),
        ("when has tools -> a\nwhen has effort -> b\nwhen true -> b\ndefault -> c", ["tools", "effort"], ({"a", "b"}, ("tools",))),
        ("when has tools -> default", ["tools"], "default"),
        ("when has tools -> a\nwhen not has effort -> a\nwhen has user -> b", ["tools"], "a"),
        (
            'let x = has tools or has user\nwhen x and has effort -> a\nwhen x and model == "m" -> b',
            ["tools"],
            ({"b", "default"}, ("tools",)),
        ),
        ("when has tools -> 50% b, 50% c by session\ndefault -> a", ["session", "tools"], ({"a", "b", "c"}, ("tools", "session"))),
        # what is read of the same part of the body
        ("when tokens > 1 -> a\ndefault -> b", ["tools"], ({"a", "b"}, ("tokens",))),
        ("when tokens.messages > 0 -> a\ndefault -> b", ["tools"], "a"),
        ('when any tools.types == "x" -> a\ndefault -> b', ["tools"], ({"a", "b"}, ("tools.types",))),
        ('when has body("tools.0.name") -> a\ndefault -> b', ["tools"], ({"a", "b"}, ('body("tools")',))),
        ('when has body("max_tokens") -> a\ndefault -> b', ["tools"], "a"),
        ('when has body("max_tokens") -> a\ndefault -> b', ["max_tokens"], ({"a", "b"}, ('body("max_tokens")',))),
        ('when has body("metadata.b.c") -> a\ndefault -> b', ['body("metadata.b")'], ({"a", "b"}, ('body("metadata.b")',))),
        ('when has body("metadata.b.c") -> a\ndefault -> b', ['body("metadata.c")'], "b"),
        ("when fits(b) -> a\ndefault -> b", ["fits"], ({"a", "b"}, ("fits(b)",))),
        ('when header("x-given") == "g" -> a\ndefault -> b', ["header"], "a"),
        ('when header("x-a") == "g" -> a\ndefault -> b', ["header"], ({"a", "b"}, ('header("x-a")',))),
        ('when header("x-a") == "g" -> a\ndefault -> b', ['header("x-a")'], ({"a", "b"}, ('header("x-a")',))),
    ],
)
def test_requests(policy: str, unknown: list[str], told: Any) -> None:
    found = ccproxy.loads(policy).decide_known(Request(BODY, headers={"X-Given": "g"}), unknown)
    assert labels(found) == told


def test_names_the_rule_that_surely_wins() -> None:
    policy = ccproxy.loads("when has tools -> a\nwhen has effort -> a\nwhen has user -> b\ndefault -> a")
    sure, unsure = policy.decide_known({"tools": ["x"]}), policy.decide_known({"effort": "high"})
    assert isinstance(sure, ccproxy.Decision)
    assert isinstance(unsure, ccproxy.Decision)
    assert (sure.label, sure.rule and sure.rule.number) == ("a", 1)
    assert (unsure.label, unsure.rule) == ("a", None)


def test_the_time_tells_the_clock() -> None:
    policy = ccproxy.loads('timezone "Europe/Berlin"\nwhen time >= 22:00 -> night\ndefault -> day')
    assert labels(policy.decide_known({}, at=datetime(2026, 11, 27, 21, 30, tzinfo=UTC))) == "night"
    assert labels(policy.decide_known({}, at=datetime(2026, 11, 27, 20, 30, tzinfo=UTC))) == "day"
    assert isinstance(policy.decide_known({}), Undecided)


def test_a_value_that_is_none() -> None:
    policy = ccproxy.loads("when messages > 1 -> a")
    with pytest.raises(EnvelopeError, match="messages"):
        policy.decide_known({"messages": "many"})
    # what the policy doesn't ask for is not looked at
    assert isinstance(policy.decide_known({"effort": 5, "of the future": {}}), Undecided)


PREDICATE = 'predicate told = "asked_rules.told"\nwhen {} -> a\ndefault -> b\n'


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "asked_rules.py").write_text("seen = []\n\ndef told(request):\n    seen.append(dict(request))\n    return request['x']\n")
    monkeypatch.delitem(__import__("sys").modules, "asked_rules", raising=False)
    return tmp_path


def seen() -> list[Any]:
    found: list[Any] = __import__("asked_rules").seen
    return found


def test_predicates_are_asked_only_of_a_whole_body(asked: Path) -> None:
    (asked / "p.ccp").write_text(PREDICATE.format("told or has tools"))
    policy = ccproxy.load(asked / "p.ccp")
    assert labels(policy.decide_known(Request({"x": True}), ["system"])) == ({"a", "b"}, ("told",))
    assert labels(policy.decide_known({"tools": None})) == ({"a", "b"}, ("told",))
    assert seen() == []
    assert labels(policy.decide_known(Request({"x": True}), ["header", "key.team"])) == "a"
    assert seen() == [{"x": True}]
    without = ccproxy.load(asked / "p.ccp", predicates=False)
    assert labels(without.decide_known(Request({"x": True}))) == ({"a", "b"}, ("told",))
    assert labels(without.decide_known(Request({"tools": []}))) == "a"


def test_a_predicate_that_fails_may_refuse(asked: Path) -> None:
    (asked / "p.ccp").write_text(PREDICATE.format('header("x-a") == "b" and told'))
    policy = ccproxy.load(asked / "p.ccp", on_predicate_failure="reject")
    found = policy.decide_known(Request({}), ["header"])
    assert isinstance(found, Undecided)
    assert {end.action for end in found.possible} == {"reject", "route"}
    assert labels(policy.decide_known(Request({}))) == "b"
    refused = policy.decide_known(Request({}, headers={"x-a": "b"}), ["header"])
    assert isinstance(refused, ccproxy.Decision)
    assert refused.action == "reject"


def test_long_chains_of_lets() -> None:
    lets = ["let x0 = has tools and stream"] + [f"let x{number} = x{number - 1} or has user" for number in range(1, 400)]
    policy = ccproxy.loads("\n".join([*lets, "when x399 -> a", "default -> b"]))
    assert labels(policy.decide_known({"tools": ["x"], "stream": True, "user": None})) == "a"
    assert labels(policy.decide_known({"stream": True, "user": None})) == ({"a", "b"}, ("tools",))
    short = ccproxy.loads("\n".join([*lets[:20], "when x19 -> a", "default -> b"]))
    assert labels(short.decide_known({"stream": False, "user": None})) == "b"


def test_many_rules_by_the_index() -> None:
    rules = [f'when model == "m{number}" and effort == "e" -> l{number}' for number in range(300)]
    policy = ccproxy.loads("\n".join([*rules, "default -> other"]))
    assert labels(policy.decide_known({"model": "m7"})) == ({"l7", "other"}, ("effort",))
    assert labels(policy.decide_known({"model": "m7", "effort": "e"})) == "l7"
    assert labels(policy.decide_known({"effort": "f"})) == "other"
