"""Advice on values that can't be meant says nothing where they are: in starter policies, the suite's, and random ones of real values."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

from ccproxy.checks import check
from ccproxy.diagnostics import Code
from ccproxy.facts.definitions import FACTS
from ccproxy.facts.schema import Presence
from ccproxy.language.literals import write_text
from ccproxy.language.loader import load_text
from ccproxy.language.types import Type
from ccproxy.policy import check_file
from tests.analysis.samples import scaled
from tests.conformance.suite_files import ROOT as SUITE
from tests.conformance.suite_files import cases

TESTS = Path(__file__).parents[1]
CODES = {Code.SUFFIX_AS_SET, Code.GLOB_NOT_READ, Code.NO_SUCH_VALUE, Code.ALWAYS_THERE, Code.PATH_TO_NOTHING}
MEANT = {"has/has.ccp"}
"""Policies of the suite that ask `has tokens` to see that it holds."""


def _real() -> Mapping[str, list[str]]:
    """The texts that each fact has in the captures, and those its row names."""
    real = {fact.name: {*fact.texts.values} for fact in FACTS if fact.type in (Type.TEXT, Type.LIST)}
    for capture in json.loads((TESTS / "facts" / "captures.json").read_text("utf-8")).values():
        for name, value in capture.items():
            if name in real:
                real[name] |= {item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)}
    return {name: sorted(texts) for name, texts in real.items() if texts}


REAL = _real()
PRESENT = [fact.name for fact in FACTS if fact.presence is Presence.SOMETIMES]
LISTS = {fact.name for fact in FACTS if fact.type is Type.LIST}


def _atom(draw: random.Random) -> str:
    """A test of one fact that somebody would write."""
    name = draw.choice(sorted(REAL))
    text = draw.choice(REAL[name])
    start = text[: draw.randint(3, 12)]
    subject = f"{draw.choice(('any', 'all', 'none'))} {name}" if name in LISTS else name
    listed = ", ".join(map(write_text, draw.choices(REAL[name], k=3)))
    plain = not any(sign in start for sign in "[]*?\\")
    return draw.choice(
        [
            f"{subject} {draw.choice(('==', '!='))} {write_text(text)}",
            f"{subject} {draw.choice(('in', 'not in'))} [{listed}]",
            f"{subject} {draw.choice(('contains', 'starts with'))} {write_text(start)}",
            f"{subject} matches {write_text(f'{start}*' if plain else '*')}",
            f"{subject} matches {write_text(f'*{start}*' if plain else '*')}",
            f"has {draw.choice(PRESENT)}",
            f"{draw.choice(('tokens', 'images', 'turns'))} > {draw.randint(0, 9)}k",
        ]
    )


def _policy(seed: int) -> str:
    draw = random.Random(seed)
    rules = []
    for _ in range(draw.randint(1, 4)):
        joined = draw.choice((" and ", " or ")).join(_atom(draw) for _ in range(draw.randint(1, 4)))
        rules.append(f"when {draw.choice(('', 'not '))}({joined}) -> a")
    return "\n".join([*rules, "default -> default", ""])


def test_random_policies_of_real_values_hear_nothing() -> None:
    for seed in range(scaled(1_000, 10_000)):
        text = _policy(seed)
        found, checked = check(load_text(text))
        assert checked is not None, (text, found)
        assert [item for item in found if item.code in CODES] == [], text


def test_starter_policies_hear_nothing() -> None:
    for path in (TESTS.parent / "policies").glob("*.ccp"):
        assert [item for item in check_file(path)[0] if item.code in CODES] == []


def test_the_suite_hears_nothing() -> None:
    paths = sorted({case.policy for case in cases()})
    assert paths
    told = {path.relative_to(SUITE).as_posix(): [item.message for item in check_file(path)[0] if item.code in CODES] for path in paths}
    assert {path for path, messages in told.items() if messages} == MEANT
