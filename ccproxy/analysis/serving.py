"""Finds labels that get requests which their models can't take, or take dearly, where another label of the policy does better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace as replace_fields

from ccproxy.analysis.formulas.formula import Formula
from ccproxy.analysis.fuel import Fuel, OutOfFuelError
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import Impossible, Possible
from ccproxy.analysis.witness.branches import Branches, fork_of, ways
from ccproxy.analysis.witness.candidates import as_file, simplest
from ccproxy.analysis.witness.realization import Envelope
from ccproxy.checks import CheckedPolicy
from ccproxy.checks.conditions import read_conditions
from ccproxy.compiler.compiled_target import CompiledTarget
from ccproxy.diagnostics import Code, Diagnostic, Fix
from ccproxy.diagnostics.fix import insert_before, replace
from ccproxy.language import syntax
from ccproxy.language.edits import end_of
from ccproxy.language.literals import write_label
from ccproxy.language.printer import format_expression, format_target
from ccproxy.models.offers import Offers
from ccproxy.source import Span

_WANTING: Mapping[str, str] = {
    "tools": "tools",
    "tool_choice": "a forced tool",
    "json_schema": "output by a JSON schema",
    "server tools": "another provider's server tools",
    "compact": "/v1/responses/compact",
}
"""What a model is short of, in words; of the window its size is told."""
_MAX_RULES = 500
"""How many rules are looked through."""


def serving_findings(checked: CheckedPolicy, fuel: Fuel) -> Iterator[Diagnostic]:
    """Reports rules with a label that can't take some request which another label can, or pays more for all of them than another would."""
    offers = checked.offers
    if offers is None or not offers.differ or fuel.exhausted:
        return
    try:
        serving = _Serving(checked, offers, fuel)
        for number in range(min(len(serving.reach.rules), _MAX_RULES)):
            yield from serving.unserved(number)
            yield from serving.dear(number)
    except OutOfFuelError as error:
        message = f"not decided: whether every label can take what reaches it ({error})"
        yield Diagnostic(Code.UNDECIDED, checked.policy.span, message, help="--budget STEPS gives the analysis more")


class _Serving:
    """The questions about one policy, in a space of its own: what can be asked of the others stays as small as it was."""

    def __init__(self, checked: CheckedPolicy, offers: Offers, fuel: Fuel) -> None:
        self._checked = checked
        self._offers = offers
        dear = {label: f"tokens > {offers.cliffs[label]}" for label, _ in offers.cheaper}
        texts = [*offers.fits.values(), *(text for kinds in offers.kinds.values() for text in kinds.values())]
        self._read = read_conditions([*texts, *dear.values(), *offers.cheaper.values()], "what LiteLLM knows of its models")[1]
        self.reach = Reach(checked, fuel, also=tuple(self._read.values()))

    def _formula(self, text: str) -> Formula:
        return self.reach.view.translator.condition(self._read[text])

    def _labels(self, target: CompiledTarget) -> dict[str, None]:
        """The labels that may be short of something; where a conversation stays is known to fit."""
        found: dict[str, None] = {}
        for decision in target.decisions:
            labels = decision.fallbacks if target.stayer is not None else (decision.label, *decision.fallbacks)
            found |= {label: None for label in labels if label is not None and label in self._offers.limited}
        return found

    # ── What can't be taken ──────────────────────────────────────────────────────────────────────────────────────────

    def unserved(self, number: int) -> Iterator[Diagnostic]:
        """A finding for each label of the rule that can't take some of its requests."""
        for label in self._labels(self.reach.rules[number].target):
            others = [other for other in self._offers.fits if other != label]
            serves = self.reach.model.formulas.disjunction(self._formula(self._offers.fits[other]) for other in others)
            lacking = self.reach.model.formulas.conjunction((-self._formula(self._offers.fits[label]), serves))
            witness = self._shown(number, label, lacking, others)
            if witness is not None:
                yield self._cannot_serve(number, label, others, witness, lacking)

    def _shown(self, number: int, label: str, lacking: Formula, others: Sequence[str]) -> Envelope | None:
        """A request that ends at the rule, where the label can't take it and one of the others can."""
        view, replay = self.reach.rules[number], self.reach.replay
        formula = self.reach.model.formulas.conjunction((view.formula, lacking))
        decisions = view.target.decisions

        def taken(envelope: Envelope) -> Branches | None:
            if replay.rule(envelope) != number or self._holds(self._offers.fits[label], envelope):
                return None
            decided = decisions.index(replay.decide(envelope).outcome)
            return (decided,) if any(self._holds(self._offers.fits[other], envelope) for other in others) else None

        wanted = [(branch,) for branch, decision in enumerate(decisions) if label in (decision.label, *decision.fallbacks)]
        fork = fork_of(self.reach.view, number)
        found = ways(self.reach.model, formula, self.reach.before(number), [fork], wanted, taken=taken, strict=False).found
        if not found:
            return None
        shown = min(found)
        return simplest(found[shown], lambda tried: taken(tried) == shown)

    def _holds(self, text: str, envelope: Envelope) -> bool:
        return self.reach.replay.holds(self._read[text], envelope)

    def _cannot_serve(self, number: int, label: str, others: Sequence[str], witness: Envelope, lacking: Formula) -> Diagnostic:
        view = self.reach.rules[number]
        wanting = [
            name
            for name, text in self._offers.kinds[label].items()
            if not self._holds(text, witness) or self._is_possible(number, (lacking, -self._formula(text)))
        ]
        other = next(one for one in others if self._holds(self._offers.fits[one], witness))
        told = ", ".join(self._in_words(name, label) for name in wanting) or "more than its models take"
        message = f"requests that end here can have what `{label}` can't take ({told}); `{other}` could take them"
        hint, fix = self._mended(number, label, other)
        return Diagnostic(Code.CANNOT_SERVE, self._place(view.rule, label), message, hint, fixes=(fix,), witness=as_file(witness))

    def _is_possible(self, number: int, formulas: Sequence[Formula]) -> bool:
        formula = self.reach.model.formulas.conjunction((self.reach.rules[number].formula, *formulas))
        return isinstance(self.reach.outside(formula, number), Possible)

    def _in_words(self, name: str, label: str) -> str:
        if name != "window":
            return _WANTING.get(name, name)
        windows = [model.window for model in self._offers.models.of(label) if model.window is not None]
        return f"over {max(windows):,} tokens"

    def _place(self, rule: syntax.Rule | None, label: str) -> Span:
        if rule is None:
            return end_of(self._checked.policy.sources[0])
        return next((written.span for written in rule.target.labels if written.name == label), rule.span)

    def _mended(self, number: int, label: str, other: str) -> tuple[str, Fix]:
        """What to write: a rule before this one that takes these requests, or the other label where they are all that there are."""
        rule, formulas, fits = self.reach.rules[number].rule, self.reach.model.formulas, self._offers.fits
        unfit = -self._formula(fits[label])
        # what is true of all of them needs no words, and check would say so
        asked = [] if self._never(number, -unfit) else [f"not fits({write_label(label)})"]
        if not self._never(number, formulas.conjunction((unfit, -self._formula(fits[other])))):
            asked.append(f"fits({write_label(other)})")
        if not asked and rule is not None and isinstance(rule.target, syntax.Route) and rule.target.label.name == label:
            instead = _to(rule.target, other)
            return f"write -> {instead}", replace(rule.target.span, instead)
        better = self._better(rule, label, other, asked or [f"fits({write_label(other)})"])
        return f"write a rule for them: {better}", self._added(rule, better)

    def _better(self, rule: syntax.Rule | None, label: str, other: str, asked: Sequence[str]) -> str:
        """The rule that takes these requests before this one does: to the other label, or without the fallback that can't take them."""
        kept = None if rule is None else _without_fallback(rule.target, label)
        target = write_label(other) if kept is None else format_target(kept)
        parts = [*asked]
        if rule is not None and rule.condition is not None:
            whole = format_expression(rule.condition)
            parts.insert(0, f"({whole})" if isinstance(rule.condition, syntax.Or) else whole)
        return f"when {' and '.join(parts)} -> {target}"

    def _added(self, rule: syntax.Rule | None, better: str) -> Fix:
        if rule is None:
            end = end_of(self._checked.policy.sources[0])
            return replace(end, f"\n{better}" if end.start else better, f"add {better}")
        return insert_before(rule.span, f"{better}\n")

    # ── What is dear ─────────────────────────────────────────────────────────────────────────────────────────────────

    def dear(self, number: int) -> Iterator[Diagnostic]:
        """A finding where every request of the rule pays its label's higher price, and another label takes them all for less."""
        view = self.reach.rules[number]
        decisions = view.target.decisions
        label = decisions[0].label if len(decisions) == 1 else None
        others = [other for dear, other in self._offers.cheaper if dear == label]
        if view.rule is None or label is None or not others:
            return
        edge = self._offers.cliffs[label]
        if not (self._never(number, -self._formula(f"tokens > {edge}")) and isinstance(self.reach.wins(number), Possible)):
            return
        for other in others:
            formulas, fits = self.reach.model.formulas, self._offers.fits
            better = formulas.conjunction((self._formula(fits[other]), self._formula(self._offers.cheaper[label, other])))
            if self._never(number, formulas.conjunction((self._formula(fits[label]), -better))):
                yield self._price_cliff(number, view.rule, label, edge, other)
                return

    def _never(self, number: int, formula: Formula) -> bool:
        both = self.reach.model.formulas.conjunction((self.reach.rules[number].formula, formula))
        return isinstance(self.reach.outside(both, number), Impossible)

    def _price_cliff(self, number: int, rule: syntax.Rule, label: str, edge: int, other: str) -> Diagnostic:
        models = self._offers.models
        dear, cheap = (max(model.prices.rates(edge + 1).new * 1_000_000 for model in models.of(name)) for name in (label, other))
        message = f"every request here has over {edge:,} tokens, for which `{label}` costs ${dear.normalize():f} a million"
        instead = _to(rule.target, other) if isinstance(rule.target, syntax.Route) else write_label(other)
        hint = f"`{other}` takes them all for ${cheap.normalize():f} a million: write -> {instead}"
        span = self._place(rule, label)
        witness = self.reach.confirmed(self.reach.rules[number].formula, number, False)[1]
        shown = None if witness is None else as_file(witness)
        return Diagnostic(Code.PRICE_CLIFF, span, message, hint, fixes=(replace(rule.target.span, instead),), witness=shown)


def _to(target: syntax.Route, label: str) -> str:
    """The target with another label, which is no fallback of itself."""
    fallbacks = "".join(f" fallback {write_label(written.name)}" for written in target.fallbacks if written.name != label)
    return f"{write_label(label)}{fallbacks}"


def _without_fallback(target: syntax.Target, label: str) -> syntax.Target | None:
    """The target without the label among its fallbacks; None where it sends requests there itself."""
    match target:
        case syntax.Route(label=own) if own.name == label:
            return None
        case syntax.Split(branches=branches) if any(branch.label.name == label for branch in branches):
            return None
        case syntax.Route(fallbacks=fallbacks) | syntax.Split(fallbacks=fallbacks) | syntax.Stay(fallbacks=fallbacks):
            return replace_fields(target, fallbacks=tuple(written for written in fallbacks if written.name != label))
        case _:
            return None
