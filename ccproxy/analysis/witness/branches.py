"""Requests for each way through the splits of the rules that decide on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from fractions import Fraction
from itertools import chain, count, islice, product
from math import ceil

from ccproxy.analysis.automata.automaton import TooLargeError
from ccproxy.analysis.formulas.atoms import Kind, Source, Subject
from ccproxy.analysis.formulas.formula import TRUE, Formula
from ccproxy.analysis.fuel import OutOfFuelError
from ccproxy.analysis.space.cover import First
from ccproxy.analysis.space.model import Model, PolicyView, Possible, Undecided
from ccproxy.analysis.space.solver import Box, Covering, Domain
from ccproxy.analysis.witness.candidates import attempts
from ccproxy.analysis.witness.confirm import confirmed
from ccproxy.analysis.witness.realization import Envelope
from ccproxy.checks.checked import STAYS_BY
from ccproxy.compiler.split import NUMBERS, Splitter
from ccproxy.compiler.stayer import Stayer
from ccproxy.frozen import frozen, mutable

_MAX_VALUES = 200_000
"""Values that are hashed at most: enough for one in ten thousand."""
_ENOUGH = 12
"""How often a branch is met on average among the values that are hashed for it."""
_VALUE = 4
"""Steps charged for a value."""
_MAX_OTHERS = 20
"""Values that are looked for, beside those that are written, where the rules leave only some."""
_MAX_SHOWN = 4
"""Values of a branch that requests are made of."""
_MAX_CLASSES = 30
"""Classes of the texts that splits hash that are looked through."""
_SEEN = -2
"""Stands in a proof for classes of texts that were looked through."""

Branches = tuple[int, ...]
"""For each rule the index of a branch of its split, 0 where it has none."""


@frozen
class Fork:
    """A rule as its requests part there: the text that they go by, and the formula that they have it; none for a rule with one way."""

    splitter: Splitter | Stayer | None
    source: Source | None
    there: Formula


@frozen
class Ways:
    """A request for each of the branches that were found, and why others were not decided; the rest is proved to be impossible."""

    found: Mapping[Branches, Envelope]
    undecided: Mapping[Branches, str]


def fork_of(view: PolicyView, number: int) -> Fork:
    """How the requests of this rule part."""
    target = view.rules[number].target
    splitter = target.splitter or target.stayer
    if splitter is None:
        return Fork(None, None, TRUE)
    by = splitter.by if isinstance(splitter, Splitter) else STAYS_BY
    return Fork(splitter, view.translator.text(by), view.translator.goes_by_something(by))


def ways(
    model: Model,
    formula: Formula,
    outside: Sequence[First],
    forks: Sequence[Fork],
    wanted: Iterable[Branches],
    *,
    taken: Callable[[Envelope], Branches | None],
    variants: Callable[[Envelope], Iterable[Envelope]] = lambda envelope: (envelope,),
    strict: bool = True,
) -> Ways:
    """Which of these branches can requests go to for which the formula holds outside these rules, and one that does for each?

    `taken` replays a request: the branches that it goes to, None if it ends at other rules. `variants` are more requests to try for each.
    With `strict` requests have their facts by their own fields (token counts aside).
    """
    search = _Search(model, formula, outside, forks, taken, variants, strict)
    sources = tuple(dict.fromkeys(fork.source for fork in forks if fork.source is not None))
    wanted = tuple(wanted)
    for there in product((False, True), repeat=len(sources)):
        search.where(dict(zip(sources, there, strict=True)), wanted)
    return Ways(search.found, {branches: why for branches, why in search.undecided.items() if branches not in search.found})


@mutable
class _Search:
    model: Model
    formula: Formula
    outside: Sequence[First]
    forks: Sequence[Fork]
    taken: Callable[[Envelope], Branches | None]
    variants: Callable[[Envelope], Iterable[Envelope]]
    strict: bool
    found: dict[Branches, Envelope] = field(default_factory=dict)
    undecided: dict[Branches, str] = field(default_factory=dict)

    def where(self, there: Mapping[Source, bool], wanted: Iterable[Branches]) -> None:
        """Look through the requests that have these texts and lack the others, class by class of the texts."""
        wanted = [branches for branches in wanted if self._share(branches, there) > 0]
        texts = [source for source, has in there.items() if has]
        literals = [fork.there if there[fork.source] else -fork.there for fork in self.forks if fork.source is not None]
        formula = self.model.formulas.conjunction((self.formula, *literals))
        seen: list[Covering] = []
        for _ in range(_MAX_CLASSES):
            open_ways = [branches for branches in wanted if branches not in self.found]
            if not open_ways:
                return
            answer, envelope = confirmed(
                self.model, formula, self.outside, self._accepts(open_ways, texts), strict=self.strict, variants=self.variants, refused=seen
            )
            if isinstance(answer, Undecided):
                self._give_up(open_ways, answer.reason)
            if envelope is None or not isinstance(answer, Possible):
                return
            self._note(envelope, open_ways)
            self._vary(answer, texts, [branches for branches in open_ways if branches not in self.found])
            seen.append(Covering(self._classes(answer, texts), frozenset([_SEEN])))
        self._give_up(wanted, "the texts that the splits go by have too many classes to try")

    def _accepts(self, open_ways: Sequence[Branches], texts: Sequence[Source]) -> Callable[[Envelope], bool]:
        """Whether a request ends at the rules; where nothing is there to vary, also whether it goes one of the ways."""
        if texts:
            return lambda envelope: self.taken(envelope) is not None
        return lambda envelope: self.taken(envelope) in open_ways

    def _note(self, envelope: Envelope, open_ways: Sequence[Branches]) -> bool:
        """Keep a request that goes one of these ways, and tell whether it does."""
        branches = self.taken(envelope)
        if branches is None or branches not in open_ways:
            return False
        self.found.setdefault(branches, envelope)
        return True

    def _give_up(self, open_ways: Iterable[Branches], reason: str) -> None:
        for branches in open_ways:
            self.undecided.setdefault(branches, reason)

    def _share(self, branches: Branches, there: Mapping[Source, bool]) -> Fraction:
        """The share of the texts that go this way; 0 if none can. Equal splits go by one number."""
        shares: dict[bytes, tuple[int, int]] = {}
        stays: dict[Source, str] = {}
        for fork, branch in zip(self.forks, branches, strict=True):
            if fork.splitter is None or fork.source is None:
                continue
            if isinstance(fork.splitter, Stayer):
                label = fork.splitter.labels[branch]
                if not there[fork.source] or stays.setdefault(fork.source, label) != label:
                    return Fraction(0)
                continue
            if not there[fork.source]:
                if branch != fork.splitter.largest:
                    return Fraction(0)
                continue
            low, high = shares.get(fork.splitter.salt, (0, NUMBERS))
            start, end = fork.splitter.numbers_of(branch)
            shares[fork.splitter.salt] = max(low, start), min(high, end)
        share = Fraction(1)
        for low, high in shares.values():
            share *= Fraction(max(0, high - low), NUMBERS)
        return share

    # ── Other texts ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _vary(self, answer: Possible, sources: Sequence[Source], open_ways: Sequence[Branches]) -> None:
        """Try requests like the answer's, with texts that go these ways."""
        if not open_ways or not sources:
            return
        try:
            texts = {source: self._texts(answer, source, open_ways) for source in sources}
        except (OutOfFuelError, TooLargeError) as error:
            self._give_up(open_ways, str(error) or "a pattern is too large")
            return
        for branches in open_ways:
            chosen = [texts[source].get(self._key(source, branches), ()) for source in sources]
            if None in chosen:
                self._give_up([branches], "no value was found that its split sends there")
            elif not self._try(answer, sources, [found for found in chosen if found is not None], branches):
                self._give_up([branches], "no request was found that its split sends there")

    def _try(self, answer: Possible, sources: Sequence[Source], texts: Sequence[Sequence[str]], branches: Branches) -> bool:
        """Whether a request with some of these texts goes this way, or none has to because there is no such text."""
        for chosen in product(*texts):
            subjects = {Subject(Kind.TEXT, source): text for source, text in zip(sources, chosen, strict=True)}
            for envelope in attempts({**answer.choices, **subjects}, strict=self.strict, exact=False):
                if any(self._note(tried, [branches]) for tried in self.variants(envelope)):
                    return True
        return not all(texts)

    def _texts(self, answer: Possible, source: Source, open_ways: Sequence[Branches]) -> dict[Branches, list[str] | None]:
        """Texts of the answer's classes by the branches that those of its forks send them to that go by it.

        None stands for branches that no text was found for, though there may be one; what is not there has none.
        """
        splitters = [fork.splitter for fork in self.forks if fork.source == source and fork.splitter is not None]
        there = dict.fromkeys((fork.source for fork in self.forks if fork.source is not None), True)
        rarest = min(self._share(branches, there) for branches in open_ways)
        known, others = self._candidates(answer, source, min(_MAX_VALUES, ceil(_ENOUGH / rarest)))
        wanted = {self._key(source, branches) for branches in open_ways}
        found: dict[Branches, list[str] | None] = {}
        for text in chain(known, others or ()):
            self.model.fuel.spend_of_all(_VALUE)
            key = tuple(splitter.branch_of(text) for splitter in splitters)
            texts = found.setdefault(key, []) if key in wanted else None
            if texts is not None and len(texts) < _MAX_SHOWN and self._accepts_text(answer, source, text):
                texts.append(text)
                if len(texts) == _MAX_SHOWN and all(len(found.get(key) or ()) == _MAX_SHOWN for key in wanted):
                    break
        if others is not None:
            found |= {key: None for key in wanted if not found.get(key)}
        return found

    def _key(self, source: Source, branches: Branches) -> Branches:
        """Those of the branches that are chosen by this text."""
        return tuple(branch for fork, branch in zip(self.forks, branches, strict=True) if fork.source == source)

    def _candidates(self, answer: Possible, source: Source, number: int) -> tuple[list[str], Iterator[str] | None]:
        """Texts of the answer's classes, and more that may be in them, this many; None if those are all that there are."""
        part, domain = self.model.texts[source], self._domain(answer)
        name = source.name.rpartition(".")[2]
        if part.accepts(domain, f"{name}-1"):
            return [], (f"{name}-{index}" for index in range(1, number))
        self.model.fuel.begin_question()
        known = list(part.written_in(domain))
        for _ in range(_MAX_OTHERS):
            text = part.value_in(domain, known)
            if text is None:
                return known, None
            known.append(text)
        first = known[-_MAX_OTHERS]
        makers: list[Callable[[int], str]] = [lambda index: f"{first}{index}", lambda index: f"{index}{first}"]
        makers = [make for make in makers if part.accepts(domain, make(1))]
        return known, islice((make(index) for index in count(1) for make in makers), number) if makers else iter(())

    def _accepts_text(self, answer: Possible, source: Source, text: str) -> bool:
        return self.model.texts[source].accepts(self._domain(answer), text)

    def _domain(self, answer: Possible) -> Domain:
        domain = answer.domain
        return [*domain, *self.model.space.fulls[len(domain) :]]

    def _classes(self, answer: Possible, sources: Sequence[Source]) -> Box:
        """The classes that the answer has of these texts."""
        domain = self._domain(answer)
        variables = sorted({variable for source in sources for variable in self.model.texts[source].variables})
        return tuple((variable, domain[variable]) for variable in variables if domain[variable] != self.model.space.fulls[variable])
