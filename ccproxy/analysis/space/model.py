"""Models one or two policies over one space, and answers questions about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cached_property

from ccproxy.analysis.automata.automaton import TooLargeError
from ccproxy.analysis.formulas.atoms import Atom, Combination, Count, Kind, Present, Product, Quantity, Relation, Source, Subject, Test
from ccproxy.analysis.formulas.formula import TRUE, Formula, Formulas
from ccproxy.analysis.formulas.translate import Translator
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.space.boxes import Boxes
from ccproxy.analysis.space.cover import Cover, First
from ccproxy.analysis.space.flags import Flag
from ccproxy.analysis.space.kept import Kept, keep
from ccproxy.analysis.space.laws import IN_EVERY_BODY, impossible_formulas
from ccproxy.analysis.space.lists import ListPart
from ccproxy.analysis.space.narrowing import search_box
from ccproxy.analysis.space.numbers import Numbers
from ccproxy.analysis.space.solver import Box, Covering, Domain, Search
from ccproxy.analysis.space.text_part import TextPart
from ccproxy.analysis.space.unnamed import Unnamed
from ccproxy.analysis.space.variables import Choices, Literal, Part, Preference, Space, subject_of
from ccproxy.checks import CheckedPolicy
from ccproxy.checks.checked import STAYS_BY
from ccproxy.compiler.compiled_target import CompiledTarget, compile_target
from ccproxy.frozen import frozen, mutable
from ccproxy.language import syntax
from ccproxy.language.printer import format_target

_MAX_ROUNDS = 60


@frozen
class Possible:
    """The answer is yes, with a part of the space where it is, and values from it."""

    kept: Kept
    choices: Choices

    @property
    def domain(self) -> Domain:
        """The part of the space."""
        return self.kept.domain


@frozen
class Impossible:
    """The answer is no; `because` are the numbers of the rules that cover every candidate."""

    because: frozenset[int]


@frozen
class Undecided:
    """No answer was found; `why` says for what reason."""

    reason: str


Answer = Possible | Impossible | Undecided


@frozen
class RuleView:
    """A rule as the analysis sees it; `rule` is None for the implied default."""

    formula: Formula
    rule: syntax.Rule | None
    target: CompiledTarget

    @property
    def target_text(self) -> str:
        """The target as written in messages."""
        return "default" if self.rule is None else format_target(self.rule.target)


@mutable
class PolicyView:
    """A policy's rules, the default last, and its boxes in order."""

    checked: CheckedPolicy
    translator: Translator
    rules: list[RuleView]
    cover: Cover = field(default_factory=Cover)


class Model:
    """The space of some policies, and of more conditions that will be asked about, read as the first policy's."""

    def __init__(self, policies: Sequence[CheckedPolicy], fuel: Fuel | None = None, also: Sequence[syntax.Expression] = ()) -> None:
        self.fuel = fuel or Fuel()
        self.fuel.begin_building()
        self.formulas = Formulas(self.fuel)
        zones = len({checked.timezone for checked in policies})
        self.policies = [self._view(checked, str(number) if zones > 1 else "") for number, checked in enumerate(policies)]
        self.asserted = [
            [view.translator.condition(assertion.condition) for assertion in view.checked.assertions] for view in self.policies
        ]
        for condition in also:
            self.policies[0].translator.condition(condition)
        impossible = impossible_formulas(self.formulas)
        self.space = Space(self.fuel)
        # not in the space, which they know: nothing of a model is to be left to the garbage collector
        self._parts: list[Part] = []
        self.texts: dict[Source, TextPart] = {}
        self.flags: dict[Subject, Flag] = {}
        self._build()
        self._boxes = Boxes(self.formulas, self.space)
        self._search = Search(self.space.fulls, self.fuel)
        for formula in impossible:
            for box in self.boxes(formula):
                self.space.forbid(*box)
        for policy in self.policies:
            for number, rule in enumerate(policy.rules):
                boxes = self.boxes(rule.formula)
                self.fuel.spend_of_all(sum(map(len, boxes)) * policy.cover.room)
                self.fuel.keep(policy.cover.add(boxes, number))
        self._unnamed = Unnamed(self.space, [policy.cover for policy in self.policies])

    @cached_property
    def in_every_body(self) -> list[Literal]:
        """Of the facts asked for, the presence of those that only a request lacks whose body is no object."""
        atoms = [Atom(subject_of(name), Present()) for name in IN_EVERY_BODY]
        return [self.space.literals[atom] for atom in atoms if atom in self.space.literals]

    def _view(self, checked: CheckedPolicy, zone: str) -> PolicyView:
        translator = Translator(self.formulas, checked.all_lets, checked.predicates, zone, models=checked.models)
        rules = [
            RuleView(
                TRUE if (condition := checked.condition_of(rule)) is None else translator.condition(condition),
                rule,
                compile_target(rule.target, checked.stay_labels if isinstance(rule.target, syntax.Stay) else ()),
            )
            for rule in checked.rules
        ]
        if not checked.rules or checked.rules[-1].condition is not None:
            rules.append(RuleView(TRUE, None, compile_target(None)))
        for view in rules:
            if view.target.splitter is not None:
                translator.goes_by_something(view.target.splitter.by)  # will be asked for when its branches are searched
            elif view.target.stayer is not None:
                translator.goes_by_something(STAYS_BY)
        return PolicyView(checked, translator, rules)

    def boxes(self, formula: Formula) -> tuple[Box, ...]:
        """The boxes in which the formula holds."""
        return self._boxes.of(formula)

    # ── Questions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def ask(
        self,
        formula: Formula,
        outside: Sequence[First] = (),
        preference: Preference | None = None,
        refused: Sequence[Covering] = (),
    ) -> Answer:
        """Can the formula hold outside these rules and the `refused` boxes?"""
        because: frozenset[int] = frozenset()
        undecided: Undecided | None = None
        self.fuel.begin_question()
        try:
            self.fuel.spend(1)
            boxes = self.boxes(formula)
        except OutOfFuelError as error:
            return Undecided(str(error))
        for box in boxes:
            try:
                answer = self._ask_box(box, outside, preference or Preference(), refused)
            except OutOfFuelError as error:
                undecided = Undecided(str(error))
                continue
            except TooLargeError:
                undecided = Undecided("a pattern is too large")
                continue
            if isinstance(answer, Possible):
                return answer
            because |= answer
        return undecided or Impossible(because)

    def _ask_box(
        self, box: Box, outside: Sequence[First], preference: Preference, refused: Sequence[Covering]
    ) -> Possible | frozenset[int]:
        for _ in range(_MAX_ROUNDS):
            self.fuel.spend(1 + len(self.space.fulls) // 20)
            answer = search_box(self._search, box, outside, self._unnamed, refused=refused, fuel=self.fuel)
            if isinstance(answer, Covering):
                return answer.by
            choices: Choices = {}
            conflict = self._choose(answer, choices, preference)
            if conflict is None:
                return Possible(keep(answer), choices)
            self.space.forbidden.append(Covering(conflict, frozenset()))
        raise OutOfFuelError("its texts, lists and sums depend on each other in too many ways")

    def compact(self, answer: Answer) -> Answer:
        """An answer of which there may be thousands."""
        return Possible(answer.kept.by(self._unnamed.classes), answer.choices) if isinstance(answer, Possible) else answer

    def covered_by(self, formula: Formula, coverings: Sequence[Covering]) -> frozenset[int] | None:
        """The numbers of the boxes that cover the formula; quick, and None if none are known."""
        by: frozenset[int] = frozenset()
        forbidden = self.space.forbidden
        self.fuel.begin_question()
        try:
            for box in self.boxes(formula):
                domain = self._search.domain(box)
                live = {forbidden: forbidden.meeting(box, forbidden.all, self.fuel)}
                self._unnamed.leave(domain, (box, *(covering.box for covering in coverings)), live)
                answer = self._search.outside(domain, [*forbidden.listed(live[forbidden]), *coverings])
                if isinstance(answer, list):
                    return None
                by |= answer.by
        except OutOfFuelError:
            return None
        return by

    def _choose(self, domain: Domain, choices: Choices, preference: Preference) -> Box | None:
        self.fuel.spend(2 * len(self._parts))
        for part in self._parts:
            conflict = part.choose(domain, choices, preference)
            if conflict is not None:
                return conflict
        return None

    def rules_at(self, policy: PolicyView, answer: Possible, start: int) -> Iterator[int]:
        """The rules from `start` on whose conditions hold at one point of the answer's domain."""
        cover = policy.cover
        yield from cover.rules(self._unnamed.containing(cover, answer.kept, cover.all & ~cover.before(start)))

    # ── Building ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _build(self) -> None:
        asked: dict[Subject, list[Test]] = {}
        for atom in self.formulas.atoms():
            asked.setdefault(atom.subject, []).append(atom.test)
        quantities: dict[Quantity, list[Test]] = {}
        for subject, tests in asked.items():
            if subject.kind is Kind.NUMBER and isinstance(subject.of, Source | Count | Product | Combination):
                quantities[subject.of] = tests
            if subject.kind is Kind.LIST and isinstance(subject.of, Source):
                quantities.setdefault(Count(subject.of), asked.get(Subject(Kind.NUMBER, Count(subject.of)), []))
        for subject in list(asked):
            if isinstance(subject.of, Count):
                asked.setdefault(Subject(Kind.LIST, subject.of.source), [])
        numbers = Numbers(self.space, quantities)
        self._parts.append(numbers)
        for subject, tests in asked.items():
            self._add(subject, tests, numbers)
        self._relate_body_types(asked, numbers)
        relations = [subject for subject in asked if isinstance(subject.of, Relation)]
        if relations:
            from ccproxy.analysis.space.relations import Relations  # few policies compare facts with each other

            self._parts.append(Relations(self.space, relations, self.texts, self.flags))

    def _add(self, subject: Subject, tests: list[Test], numbers: Numbers) -> None:
        space = self.space
        match subject.kind:
            case Kind.TEXT if isinstance(subject.of, Source):
                self.texts[subject.of] = TextPart(space, subject.of, tests)
                self._parts.append(self.texts[subject.of])
            case Kind.LIST if isinstance(subject.of, Source):
                self._parts.append(ListPart(space, subject.of, tests, numbers.numbers[Count(subject.of)]))
            case Kind.TIME | Kind.WEEKDAY:
                from ccproxy.analysis.space.moments import Clock  # nor do many ask for the time

                self._parts.append(Clock(space, subject, tests))
            case Kind.BOOL | Kind.ANY | Kind.UNKNOWN:
                self.flags[subject] = Flag(space, subject)
                self._parts.append(self.flags[subject])

    def _relate_body_types(self, asked: Mapping[Subject, list[Test]], numbers: Numbers) -> None:
        """Add the facts that a JSON value has one type, and that it is present if it has one."""
        there: dict[Source, list[tuple[Kind, tuple[int, int]]]] = {}
        inside = [Subject(Kind.NUMBER, quantity) for quantity in numbers.numbers]  # parts of sums too
        for subject in dict.fromkeys((*asked, *inside)):
            source = subject.of
            if not isinstance(source, Source) or source.reader != "body":
                continue
            literal = self._there(subject, numbers)
            there.setdefault(source, []).append((subject.kind, literal))
        for literals in there.values():
            for index, (kind, literal) in enumerate(literals):
                for other_kind, other in literals[:index]:
                    if Kind.ANY not in (kind, other_kind):
                        self.space.forbid(literal, other)
                    elif kind is Kind.ANY:
                        self.space.forbid(other, self.space.negated(literal))
                    else:
                        self.space.forbid(literal, self.space.negated(other))

    def _there(self, subject: Subject, numbers: Numbers) -> tuple[int, int]:
        if subject.kind is Kind.NUMBER and isinstance(subject.of, Source):
            return numbers.numbers[subject.of].there
        return self.space.literals[Atom(subject, Present())]
