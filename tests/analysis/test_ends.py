"""Thousands of patterns of one text: beginnings or endings, with a class for each and the same findings as without; words in it."""

from __future__ import annotations

from random import Random

import pytest

from ccproxy.analysis.findings import analyse
from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space import text_part
from ccproxy.analysis.space.text_classes import _Parts
from ccproxy.diagnostics import Diagnostic
from tests.analysis.samples import checked_policy, scaled

FACTS = ("model", "prompt", "user", 'header("x-route")')


def _policy(random: Random) -> str:
    """A policy with patterns of one kind on one fact, many of them within others, and some texts that begin or end so."""
    fact, how = random.choice(FACTS), random.choice(("starts with", "ends with"))
    letters = random.choice(("ab", "ab ", "x0-"))
    rules = []
    for _ in range(30):
        word = "".join(random.choice(letters) for _ in range(random.randint(0 if random.random() < 0.05 else 1, 6)))
        part = random.choice((f'{fact} {how} "{word}"',) * 5 + (f'{fact} == "{word}"', f'not {fact} {how} "{word}"'))
        more = random.choice(("",) * 3 + (f" and tokens > {random.randint(1, 9)}k", f' and not {fact} {how} "{word[:-1]}"'))
        rules.append(f"when {part}{more} -> {random.choice('abc')}\n")
    return "".join([*rules, "default -> d\n"])


def _told(found: list[Diagnostic]) -> list[tuple[str, int]]:
    """What is found where; of several rules that cover another either may be named, and be its double."""
    return [(item.code.slug.replace("duplicate", "unreachable"), item.span.start) for item in found]


def test_findings_are_those_of_an_automaton(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(4)
    for _ in range(scaled(40, 1_000)):
        text = _policy(random)
        checked = checked_policy(text)
        by_automaton = _told(analyse(checked))
        with monkeypatch.context() as patched:
            patched.setattr(text_part, "_MAX_CLASSES", 0)
            assert not any(part._own for part in Reach(checked).model.texts.values())
            assert _told(analyse(checked)) == by_automaton, text


def test_words_are_found_anywhere_in_short_texts_and_long_ones() -> None:
    random = Random(5)
    for number in range(scaled(200, 4_000)):
        words = ["".join(random.choices("ab", k=random.randint(0, 4))) for _ in range(random.randint(1, 40))]
        text = "".join(random.choices("ab", k=random.choice((0, 1, 3, 60))))
        found = _Parts([None, *words]).found(text)
        assert found == sum(2 << place for place, word in enumerate(words) if word in text), (number, words, text)


@pytest.mark.parametrize("how", ["starts with", "ends with", "contains"])
def test_the_steps_grow_with_the_patterns(how: str) -> None:
    steps = []
    for size in (1_000, 2_000):
        fuel = Fuel()
        rules = [f'when model {how} "-{number}-" -> l{number % 7}\n' for number in range(size)]
        assert not analyse(checked_policy("".join([*rules, "default -> default\n"])), fuel)
        steps.append(fuel.total - fuel.left)
    assert steps[1] < 2.5 * steps[0]
