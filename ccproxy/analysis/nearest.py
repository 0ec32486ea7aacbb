"""Finds the rules closest to a request: the smallest change of one fact that would take it to each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from math import ceil, floor

from ccproxy.analysis.formulas.atoms import (
    Among,
    AnyElement,
    Atom,
    Combination,
    Compare,
    Count,
    Found,
    Kind,
    Relation,
    Source,
    Subject,
    Test,
    Within,
)
from ccproxy.analysis.formulas.evaluate import Evaluator, Values, with_values
from ccproxy.analysis.formulas.formula import TRUE, Formula, Formulas
from ccproxy.analysis.formulas.translate import Translator
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.needs import need_of
from ccproxy.analysis.space.finder import Finder
from ccproxy.analysis.space.possible_texts import possible_texts
from ccproxy.analysis.space.variables import bounds_of, is_calculated, may_be_missing
from ccproxy.analysis.witness.observed import values_of
from ccproxy.checks import CheckedPolicy
from ccproxy.facts import Facts
from ccproxy.facts.values import Value
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.literals import exact
from ccproxy.language.operators import DAYS, MINUTES
from ccproxy.language.printer import format_target
from ccproxy.language.syntax import Exact

MAX_RULES = 200
"""Maximum rules that are considered."""
_MAX_CANDIDATES = 4_000
_STEPS = 4_000_000
"""Steps, about two seconds; a policy that needs more has no near rules."""


@frozen
class Nearest:
    """A rule that a single fact keeps the request from; `change` says what would have to change.

    `rule` is its number, from 1; `label` its target, as written; `fact` the fact; `distance` orders changes, smaller first.
    """

    rule: int
    label: str
    fact: str
    change: str
    distance: tuple[int, float]


def nearest(checked: CheckedPolicy, facts: Facts, predicates: Mapping[str, bool] | None = None) -> list[Nearest]:
    """For each other rule that one changed fact would take the request to, the smallest such change. Rules above come first.

    `predicates` are the results of Python predicates for this request. A rule is left out if it is unknown whether a request would
    end there, because of a predicate that was not called or something that the analysis doesn't follow.
    """
    try:
        return list(_Neighbourhood(checked, values_of(facts, predicates or {}), facts.overridden).changes())
    except OutOfFuelError:
        return []


class _Neighbourhood:
    def __init__(self, checked: CheckedPolicy, values: Values, outright: Collection[str]) -> None:
        self._work = Fuel(_STEPS, _STEPS)
        self._formulas = Formulas(self._work)
        lets = {name: let for name, let in checked.implied.items() if name not in outright} | {**checked.lets}
        self._translator = Translator(self._formulas, lets, checked.predicates, models=checked.models, outright=outright)
        self._rules = checked.rules[:MAX_RULES]
        asked = [checked.condition_of(rule) for rule in self._rules]
        self._asked = asked
        self._conditions = [TRUE if condition is None else self._translator.condition(condition) for condition in asked]
        kept: dict[Subject, Value] = {}

        def value(subject: Subject) -> Value:
            if subject not in kept:
                kept[subject] = values(subject)
            return kept[subject]

        self._values = value
        self._evaluator = Evaluator(self._formulas)
        self._tests: dict[Subject, dict[Test, None]] = {}
        self._tried = 0

    def changes(self) -> Iterator[Nearest]:
        """The nearest change for each rule, in order."""
        now, sure = self._first(self._values)
        users: dict[Subject, list[int]] = {}
        for number, condition in enumerate(self._conditions):
            for subject in self._subjects(condition):
                users.setdefault(subject, []).append(number)
        best: dict[int, Nearest] = {}
        for subject in users:
            for changed in self._candidates(subject):
                self._tried += 1
                if self._tried > _MAX_CANDIDATES:
                    break
                rule, known = self._first(with_values({subject: changed}, self._values))
                if rule in (now, len(self._rules)) or not known or (rule > now and not sure):
                    continue
                distance = self._distance(subject, changed)
                if rule not in best or distance < best[rule].distance:
                    best[rule] = self._nearest(rule, subject, changed, distance)
        order = sorted(best, key=lambda rule: (rule > now, rule))
        yield from (best[rule] for rule in order)

    def _nearest(self, rule: int, subject: Subject, changed: Value, distance: tuple[int, float]) -> Nearest:
        written = self._rules[rule]
        values = with_values({subject: changed}, self._values)
        where = self._asked[rule]
        if where is None or self._evaluator.holds(self._conditions[rule], self._values, {}):
            where = self._blocking(rule, values)  # it holds already, so a rule above must stop holding
        target = format_target(written.target)
        part = self._turned(where, values) if where is not None else None
        text = " ".join(part.span.text.split()) if part is not None else target
        verdict = self._evaluator.holds(self._translator.condition(part), values, {}) if part is not None else True
        need = need_of(subject, self._values(subject), changed)
        return Nearest(rule + 1, target, str(subject.of), f"{text if verdict else f'not ({text})'} needs {need}", distance)

    def _blocking(self, rule: int, values: Values) -> syntax.Expression | None:
        """The condition above the rule that holds now and no longer does with the change."""
        for number in range(rule):
            formula = self._conditions[number]
            if self._evaluator.holds(formula, self._values, {}) and not self._evaluator.holds(formula, values, {}):
                return self._asked[number]
        return None

    def _turned(self, condition: syntax.Expression, values: Values) -> syntax.Expression:
        """The smallest part of the condition whose value the change flips."""
        here: syntax.Expression = syntax.bare(condition)
        while isinstance(here, syntax.And | syntax.Or | syntax.Not):
            turned = next((child for child in syntax.children_of(here) if self._turns(child, values)), None)
            if turned is None:
                break
            here = syntax.bare(turned)
        return here

    def _turns(self, part: syntax.Expression, values: Values) -> bool:
        formula = self._translator.condition(part)
        return self._evaluator.holds(formula, self._values, {}) != self._evaluator.holds(formula, values, {})

    def _first(self, values: Values) -> tuple[int, bool]:
        """The first rule that holds, or the number of rules if none does; or, with False, the first for which that is unknown."""
        known: dict[int, bool | None] = {}
        for number, condition in enumerate(self._conditions):
            before = len(known)
            holds = self._evaluator.holds(condition, values, known)
            self._work.spend_of_all(2 * (len(known) - before) + 1)
            if holds is not False:
                return number, holds is True
        return len(self._rules), True

    def _subjects(self, formula: Formula) -> Iterable[Subject]:
        """The subjects of a formula whose values can be changed individually, each once, in a fixed order; records their tests."""
        found: dict[Subject, None] = {}
        seen: set[int] = set()
        stack = [abs(formula)]
        while stack:
            number = stack.pop()
            if number in seen:
                continue
            seen.add(number)
            node = self._formulas.nodes[number]
            if isinstance(node, tuple):
                stack.extend(abs(child) for child in node)
            elif isinstance(node, Atom):
                self._work.spend_of_all(4)
                for subject, test in _single(node):
                    if is_calculated(subject):
                        continue
                    found[subject] = None
                    self._tests.setdefault(subject, {})[test] = None
        return found

    # ── Values to try ────────────────────────────────────────────────────────────────────────────────────────────────

    def _candidates(self, subject: Subject) -> Iterator[Value]:
        tests = list(self._tests[subject])
        now = self._values(subject)
        source = subject.of
        if not isinstance(source, Source):
            return
        if now is not None and may_be_missing(source):
            yield None
        match subject.kind:
            case Kind.BOOL:
                yield from (value for value in (True, False) if value is not now)
            case Kind.NUMBER:
                yield from self._numbers(source, tests)
            case Kind.TIME | Kind.WEEKDAY:
                size = MINUTES if subject.kind is Kind.TIME else DAYS
                yield from _moments([test.values for test in tests if isinstance(test, Within)], size)
            case Kind.TEXT:
                yield from self._texts(source, tests)
            case Kind.LIST:
                yield from self._lists(source, tests, now if isinstance(now, tuple) else ())

    def _numbers(self, source: Source, tests: list[Test]) -> Iterator[Exact]:
        bounds = bounds_of(source)
        whole = bounds.whole
        for test in tests:
            if isinstance(test, Compare):
                step: Exact = 1 if whole else Fraction(1, 100)
                below, above = (ceil(test.bound) - 1, floor(test.bound) + 1) if whole else (test.bound - step, test.bound + step)
                for value in (below, test.bound, above):
                    if (not whole or Fraction(value).denominator == 1) and (bounds.least is None or value >= bounds.least):
                        yield exact(Fraction(value))

    def _texts(self, source: Source, tests: list[Test]) -> Iterator[str]:
        shape = possible_texts(source)
        if shape.only is not None:
            yield from shape.only
            return
        asked = [test for test in tests if isinstance(test, Among | Found)]
        finder = Finder(asked, shape, Fuel(200_000, 20_000))
        for test in asked:
            if isinstance(test, Among):
                yield from sorted(text for text in test.texts if finder.fits(text))
            else:
                text = finder.find(finder.bit(test), 0)
                if text is not None:
                    yield text
        other = finder.find(0, finder.all)
        if other is not None:
            yield other

    def _lists(self, source: Source, tests: list[Test], now: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        questions = [test for test in tests if isinstance(test, AnyElement)]
        finder = Finder([question.test for question in questions], possible_texts(source), Fuel(200_000, 20_000))
        if now:
            yield ()
        for question in questions:
            kept = tuple(element for element in now if not self._evaluator.element_passes(question, element))
            if kept != now:
                yield kept
            bit = finder.bit(question.test)
            text = finder.find(0, bit) if question.negated else finder.find(bit, 0)
            if text is not None:
                yield (*now, text)
        for test in tests:
            if isinstance(test, Compare):
                for size in range(max(ceil(test.bound) - 1, 0), min(floor(test.bound) + 2, len(now) + 20)):
                    more = tuple(f"tool_{index}" for index in range(size - len(now)))
                    yield (*now[:size], *more)

    # ── How far ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _distance(self, subject: Subject, changed: Value) -> tuple[int, float]:
        """The order of changes: numbers and times by relative change, then other values, missing ones last."""
        now = self._values(subject)
        if changed is None:
            return 3, 0.0
        if isinstance(changed, tuple):
            before = now if isinstance(now, tuple) else ()
            return 1, float(len(set(changed) ^ set(before)) + abs(len(changed) - len(before)))
        if isinstance(changed, bool | str) or now is None or isinstance(now, str | tuple):
            return 1 if now is not None else 2, 0.0
        return 0, abs(float(changed) - float(now)) / (abs(float(now)) + 1)


def _single(atom: Atom) -> Iterator[tuple[Subject, Test]]:
    """The subjects of an atom that have a value of their own, with their tests."""
    of = atom.subject.of
    match of:
        case Source():
            yield atom.subject, atom.test
        case Count():
            yield Subject(Kind.LIST, of.source), atom.test
        case Relation():
            for source in (of.left, of.right):
                yield Subject(Kind.TEXT, source), Among(frozenset())
        case Combination() if isinstance(atom.test, Compare):
            for part, _ in of.terms:
                if isinstance(part, Source):
                    yield Subject(Kind.NUMBER, part), atom.test


def _moments(masks: list[int], size: int) -> Iterator[int]:
    """The first and last moment of each range that some condition asks about."""
    for mask in masks:
        for value in range(size):
            inside = mask >> value & 1
            if inside != (mask >> ((value - 1) % size) & 1):
                yield value
                yield (value - 1) % size
