"""The index of many rules: the same decisions as rules tried one after the other, and no fact read that those do not read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ccproxy
from ccproxy.compiler import columns, router
from ccproxy.compiler.alternatives import Column, Demand, Inside
from ccproxy.facts import observe
from ccproxy.facts.definitions import BY_NAME
from ccproxy.facts.schema import Cost
from tests.conformance.suite_files import Case, cases
from tests.language.profile import examples

CASES = tuple(case for case in cases() if "predicates" not in case.policy.parts)

LETS = 'let big = 3\nlet asked = model\nlet long = max_tokens > big or has header("x-a")\nlet named = asked == "a" and not long\n'
TEXTS = ("a", "b", "", "ab")
GLOBS = ("a*", "*b", "a*b", "*", "[ab]", "*a*", "*ab*", "?", "*b*a*", "[!b]*a", "*aba[ab]b*")
OPERATORS = ("==", "!=", "starts with", "ends with", "contains", "matches")
QUANTIFIERS = st.sampled_from(["any", "none", "all"])


def listed(literals: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(literals, min_size=1, max_size=3).map(", ".join).map("[{}]".format)


QUOTED = st.sampled_from(TEXTS).map('"{}"'.format)
LITERALS = st.sampled_from([*TEXTS, *GLOBS]).map('"{}"'.format)
OF_TEXTS = st.builds("{} {}".format, st.sampled_from(OPERATORS), LITERALS) | st.builds(
    "{} {}".format, st.sampled_from(["in", "not in"]), listed(QUOTED)
)
COUNTED = st.sampled_from("0123456")
RELATIONS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
CLOCK = st.sampled_from(["00:00", "00:01", "06:00", "12:00", "23:59"])
DAYS = st.sampled_from(["mon", "tue", "wed", "sat", "sun"])


def questions(asked: str, *about: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(about).map(lambda rest: f"{asked} {rest}")


def of_text(asked: str) -> st.SearchStrategy[str]:
    return st.one_of(*[questions(asked, OF_TEXTS)] * 3, QUOTED.map(lambda literal: f"{literal} == {asked}"))


def of_number(asked: str) -> st.SearchStrategy[str]:
    within = st.builds("in {}..{}".format, COUNTED, COUNTED) | st.builds("{} {}".format, st.sampled_from(["in", "not in"]), listed(COUNTED))
    chain = st.builds(f"{{}} < {asked} <= {{}}".format, COUNTED, COUNTED)
    return chain | questions(asked, st.builds("{} {}".format, RELATIONS, COUNTED), within)


def of_list(asked: str) -> st.SearchStrategy[str]:
    some = st.builds(f"{{}} {asked} {{}}".format, QUANTIFIERS, OF_TEXTS)
    return st.one_of(some, some, st.builds(f"{{}} in {asked}".format, QUOTED), of_number(f"count({asked})"))


FACTS_ASKED = {
    **dict.fromkeys(("model", "effort", 'header("X-A")', 'metadata("k")'), of_text),
    **dict.fromkeys(("max_tokens", "key.spend"), of_number),
    **dict.fromkeys(("tools", "betas", 'body("l.*")'), of_list),
}
SUBJECTS = (
    *(ask(asked) | st.just(f"has {asked}") for asked, ask in FACTS_ASKED.items()),
    of_text("asked"),
    st.one_of(of_text('body("p")'), of_number('body("p")'), st.sampled_from(['body("p")', 'has body("p")'])),
    questions(
        "time", st.builds("in {}..{}".format, CLOCK, CLOCK), st.builds("{} {}".format, RELATIONS, CLOCK), listed(CLOCK).map("in {}".format)
    ),
    questions("weekday", st.builds("in {}..{}".format, DAYS, DAYS), listed(DAYS).map("in {}".format)),
    st.sampled_from(["stream", "has stream", "long", "named", "true", "false", "tokens > 3"]),
)
"""What conditions ask, by what they ask it of."""


def conditions(operands: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operands = operands.flatmap(lambda operand: st.sampled_from([operand, operand, f"not ({operand})"]))
    joined = st.lists(operands, min_size=2, max_size=3).map(" and ".join)
    grouped = st.lists(operands | joined, min_size=2, max_size=3).map(lambda parts: " or ".join(f"({part})" for part in parts))
    return st.one_of(
        operands, joined, grouped, st.lists(grouped, min_size=2, max_size=3).map(lambda parts: " and ".join(f"({part})" for part in parts))
    )


RULES = st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=3).flatmap(
    lambda chosen: st.lists(conditions(st.one_of(chosen)), min_size=1, max_size=8)
)
"""Conditions that ask for few facts, and so for the same ones again and again."""
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from(["a", "b", "c", "ab", "aab", "bab", "cababab" * 20, "", None]),
        "effort": st.sampled_from(["a", "b", "c", None]),
        "max_tokens": st.one_of(st.none(), st.integers(0, 7), st.just(Fraction(5, 2))),
        "tools": st.one_of(st.none(), st.lists(st.sampled_from(["a", "b", "ab", ""]), max_size=3)),
        "key.spend": st.sampled_from([0, Fraction(1, 2), 1]),
        "stream": st.sampled_from([True, False, None]),
        "betas": st.one_of(st.none(), st.lists(st.sampled_from(["a", "b", "ab", ""]), max_size=3)),
        "time": st.sampled_from([0, 1, 2, 359, 360, 719, 720, 1_438, 1_439]),
        "weekday": st.integers(0, 6),
        "tokens": st.integers(0, 6),
    },
)


@pytest.fixture
def always_indexed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(router, "FEW_RULES", 0)


def both(text: str) -> tuple[ccproxy.Policy, ccproxy.Policy]:
    """The policy with its rules tried in order, and with an index."""
    plain = ccproxy.loads(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(router, "FEW_RULES", 0)
        return plain, ccproxy.loads(text)


BODIES = st.fixed_dictionaries(
    {},
    optional={
        "p": st.sampled_from(["a", "ab", "", 1, 3, True, False, 0.5, ["a"], None]),
        "l": st.lists(st.sampled_from(["a", "ab", "", 1]), max_size=3),
        "metadata": st.sampled_from([{"k": "a"}, {"k": "ab"}, {"k": ""}, {"k": 1}]),
    },
)
HEADERS = st.sampled_from([{}, {"x-a": "a"}, {"X-A": "b"}, {"X-A": "ab"}, {"X-A": ""}])


@given(RULES, st.lists(st.tuples(BODIES, HEADERS, FACTS), min_size=1, max_size=6))
@examples(250)
def test_an_index_decides_alike(conditions: list[str], requests: list[tuple[Any, dict[str, str], dict[str, Any]]]) -> None:
    plain, indexed = both(LETS + "\n".join(f"when {condition} -> label{number}" for number, condition in enumerate(conditions)))
    for body, headers, facts in requests:
        one, other = (policy.observe(body, headers=headers, facts=facts) for policy in (plain, indexed))
        assert indexed.router.decide(other) == plain.router.decide(one)
        # at most what is as cheap as looking up is read beyond what the rules, tried in order, read
        more = other.values_read().keys() - one.values_read().keys()
        assert all(BY_NAME[name].cost <= Cost.WALK for name in more)


@pytest.mark.usefixtures("always_indexed")
@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_the_conformance_suite_with_an_index(case: Case) -> None:
    decision = ccproxy.load(case.policy).decide(ccproxy.Request.from_envelope(case.request), facts=case.facts)
    got = {"action": decision.action, "label": decision.label, "fallbacks": list(decision.fallbacks), "message": decision.message}
    expect = {"action": "route", **case.expect}
    assert {name: got[name] for name in expect if name in got} == {name: value for name, value in expect.items() if name in got}


def test_facts_are_read_where_the_rules_ask_for_them() -> None:
    rules = ['when model == "a" -> one', 'when stream and effort == "x" -> two', 'when max_tokens == 1 or user == "u" -> three']
    _, indexed = both("\n".join(rules))
    first, second = observe({"model": "a", "max_tokens": 1}), observe({"model": "b", "max_tokens": 1, "stream": False})
    assert indexed.router.decide(first).label == "one"
    assert set(first.values_read()) == {"model"}
    assert indexed.router.decide(second).label == "three"
    assert "user" not in second.values_read()


@pytest.mark.parametrize("part", ["(stream and count(tools) > {n})", "(not stream or has effort)", "not (stream and images > {n})"])
def test_a_part_waits_for_all_that_costs_less(part: str) -> None:
    rules = [f'when {part.format(n=n)} and model == "m{n}" -> l{n}' for n in range(4)]
    plain, indexed = both("\n".join(rules))
    for policy in (plain, indexed):
        facts = observe({"model": "x", "stream": True, "tools": [{"name": "t"}] * 9, "output_config": {"effort": "low"}})
        assert policy.router.decide(facts).label == "default"
        assert set(facts.values_read()) == {"model"}


MIXED = ["stream and {}", "{} and max_tokens in 5..{n}5", '({} or user == "u{n}") and not stream', 'none tools == "t{n}" and {}']


def test_no_more_facts_are_read_than_by_rules_tried_in_order() -> None:
    written = [MIXED[n % len(MIXED)].format(f'model == "m{n // 2}"', n=n) for n in range(60)]
    plain, indexed = both("\n".join(f"when {condition} -> l{n}" for n, condition in enumerate(written)))
    for number in range(30):
        for stream in (True, False, None):
            body = {"model": f"m{number}", "max_tokens": 7, "stream": stream, "metadata": {"user_id": f"u{number}"}}
            one, other = observe(body), observe(body)
            assert indexed.router.decide(other) == plain.router.decide(one)
            assert other.values_read().keys() <= one.values_read().keys()


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the rules whose tests are compiled."""
    numbers: list[int] = []
    define = router.Router._define_test

    def noting(self: router.Router, number: int, condition: Any) -> Any:
        numbers.append(number)
        return define(self, number, condition)

    monkeypatch.setattr(router.Router, "_define_test", noting)
    return numbers


@pytest.mark.parametrize(
    "rule",
    [
        'when model == "m{n}" and effort == "e{n}" -> l{n}',
        'when header("x-team") == "t{n}" and (messages > 2 or stream) -> l{n}',
        'when model starts with "m{n}-" and not stream -> l{n}',
        'when any tools in ["t{n}", "u{n}"] and 3 < max_tokens <= 50 -> l{n}',
        'when max_tokens > {m} and none betas == "x" -> l{n}',
        'when body("team") == "t{n}" or metadata("team") == "t{n}" -> l{n}',
        'when key.alias ends with "-k{n}" and has effort -> l{n}',
        'when key.alias contains "y-k{n:04}" and model contains "m{n:04}" -> l{n}',
        'when model matches "?{n:04}" and any tools matches "*u{n:04}*" -> l{n}',
        'when model matches "m*{n:04}" and not key.alias matches "*z{n:04}*" -> l{n}',
    ],
)
def test_what_tells_all_needs_no_test_of_a_rule(compiled: list[int], rule: str) -> None:
    """However many rules there are, the facts are read once, and no rule is tried."""
    number, of = 1_234, 2_000
    policy = ccproxy.loads("\n".join(rule.format(n=n, m=of - n) for n in range(of)))
    body = {
        "model": f"m{number}-x" if "starts" in rule else f"m{number}",
        "output_config": {"effort": f"e{number}"},
        "tools": [{"name": f"u{number}"}],
        "max_tokens": of - number + 1 if "betas" in rule else 50,
        "messages": [{"role": "user", "content": "hello"}] * 3,
        "team": f"t{number}",
    }
    decision = policy.decide(body, headers={"X-Team": f"t{number}"}, key={"alias": f"my-k{number}"})
    assert decision.label == f"l{number}"
    assert policy.decide({}).label == "default"
    assert compiled == []


def test_a_rule_that_needs_more_is_tried_only_where_its_cheap_facts_allow_it(compiled: list[int]) -> None:
    policy = ccproxy.loads("\n".join(f'when model == "m{n % 500}" and prompt contains "p{n}" -> l{n}' for n in range(1_000)))
    assert policy.decide({"model": "m7", "messages": [{"role": "user", "content": "p507"}]}).label == "l507"
    assert compiled == [8, 508]


class Noting(str):
    """A text that counts how often it is cut."""

    cut = 0

    def __getitem__(self, at: Any) -> str:
        self.cut += 1
        return super().__getitem__(at)


@pytest.mark.parametrize(("rules", "most"), [(70, 0), (1_000, 10_000)])
def test_a_long_text_is_cut_up_only_where_many_texts_are_looked_for(rules: int, most: int) -> None:
    demands = [(n, Demand(Column("value", ("body", "p", "body_text")), Inside(f"<{n:04}>", False))) for n in range(rules)]
    _, _, make = columns.lookup_of(demands[0][1].column, [demands], rules)
    text = Noting("x" * 9_000 + "<0007><0042>")
    assert make(text) == 1 << 7 | 1 << 42
    assert text.cut <= most


def test_what_is_kept_for_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "CACHE_BYTES", 1_000)
    sizes = []
    make = columns.Kept.make

    def noting(kept: columns.Kept, *arguments: Any) -> int:
        made = make(kept, *arguments)
        sizes.append(len(kept.bits))
        return made

    monkeypatch.setattr(columns.Kept, "make", noting)
    policy = ccproxy.loads("\n".join(f'when model == "m{n}" and max_tokens > {n} -> l{n}' for n in range(500)))
    for number in range(500):
        assert policy.decide({"model": f"m{number}", "max_tokens": number + 1}).label == f"l{number}"
        assert policy.decide({"model": f"m{number}", "max_tokens": number}).label == "default"
    assert max(sizes) <= 16
