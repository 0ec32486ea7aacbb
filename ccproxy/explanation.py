"""Why a request goes where it does: a decision and the parts of the conditions that led to it, as values, JSON and text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from fractions import Fraction
from math import floor
from types import MappingProxyType
from typing import Any

from ccproxy.decision import Decision, RuleReference
from ccproxy.facts import FACTS, Counting, fact_named
from ccproxy.facts.calls import Handled
from ccproxy.facts.definitions import BY_NAME, TOKEN_COUNTS
from ccproxy.facts.readers import asked_of_label
from ccproxy.facts.schema import Made
from ccproxy.facts.written import written_value
from ccproxy.frozen import frozen
from ccproxy.language.literals import exact, write_decimal
from ccproxy.language.syntax import Exact
from ccproxy.language.types import Type

MAX_NEAREST = 5
"""How many of the rules that a small change would reach are shown."""


@frozen
class Part:
    """A condition or a part of one: whether it holds, the facts that it reads directly, and those of its parts that were evaluated.

    `holds` is None if it depends on a predicate that is not called.
    """

    text: str
    holds: bool | None
    facts: Mapping[str, Any]
    parts: tuple[Part, ...]


@frozen
class Step:
    """One rule that was tried."""

    number: int
    file: str
    line: int
    holds: bool | None
    condition: Part | None


@frozen
class Share:
    """The branch that a split sent a request to.

    `by` is the fact that decides as `fmt` prints it, `value` what the request has of it. `point` is what the value is hashed to, at
    least 0 and under 100; None where the fact is missing, so that the request goes to the largest share. `branch` is counted from 1
    in `shares`, which are in percent.
    """

    by: str
    value: str | None
    point: Fraction | None
    branch: int
    shares: tuple[Exact, ...]

    def to_dict(self) -> dict[str, Any]:
        """The branch as JSON."""
        share = self.shares[self.branch - 1]
        return {
            "by": self.by,
            "value": self.value,
            "point": None if self.point is None else float(self.point),
            "branch": self.branch,
            "share": share if isinstance(share, int) else float(share),
        }


@frozen
class Behind:
    """What the models behind a label make of a request: tokens of the longest window and of this request, dollars for its input.

    `window` and `dollars` are None where they are unknown.
    """

    window: int | None
    tokens: int
    dollars: float | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON; what is left of the window may be negative."""
        left = None if self.window is None else self.window - self.tokens
        return {"window": self.window, "window_left": left, "input_dollars": self.dollars}

    def __str__(self) -> str:
        """In words."""
        parts = [] if self.dollars is None else [f"this input costs ${self.dollars:.6f}"]
        if self.window is not None:
            left = self.window - self.tokens
            parts.insert(0, f"{left:,} of {self.window:,} tokens left" if left >= 0 else f"{-left:,} tokens over its {self.window:,}")
        return ", ".join(parts)


@frozen
class Explanation:
    """A decision and the reasons for it.

    `facts` are those that were read, `sources` where their values came from; `also` has the decisions of later rules that hold too,
    and of the implied default; `nearest` the rules that a small change would reach; `share` is of the split that decided, if one did.
    If a token fact was read and none was set outright, `counting` says how tokens were counted, and `parts` has the exact count of
    each part of the request.
    `handled` says what a proxy does with a request to that path. `models` is the hash of what is known of the labels that the policy asks
    about, `behind` what is known of the label that the request goes to.
    """

    decision: Decision
    trace: tuple[Step, ...]
    also: tuple[Decision, ...]
    facts: Mapping[str, Any]
    nearest: tuple[Mapping[str, Any], ...] = ()
    share: Share | None = None
    model: str | None = None
    policy: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    counting: Counting | None = None
    parts: Mapping[str, int] = field(default_factory=dict)
    handled: Handled = Handled.ROUTED
    models: str | None = None
    behind: Behind | None = None

    def to_dict(self) -> dict[str, Any]:
        """The explanation as `ccproxy explain --json` prints it."""
        decision = self.decision
        rule = decision.rule
        return {
            **decision.outcome_dict(),
            "model": self.model,
            "handled": str(self.handled),
            "rule": None
            if rule is None
            else {"number": rule.number, "file": rule.file, "line": rule.line, "text": rule.text, "because": rule.because},
            "split": None if self.share is None else self.share.to_dict(),
            "facts": dict(self.facts),
            "trace": [
                {"number": step.number, "file": step.file, "line": step.line, "holds": step.holds, "condition": _part_dict(step.condition)}
                for step in self.trace
            ],
            "also": [_also_dict(other, other.rule) for other in self.also],
            "nearest": [dict(item) for item in self.nearest],
            "policy": dict(self.policy),
            **({} if self.models is None else {"models": self.models}),
            **({} if self.behind is None else {"behind": self.behind.to_dict()}),
            **({} if self.counting is None else {"counting": _counting_dict(self.counting, self.parts)}),
        }

    def __str__(self) -> str:
        """The label, its model, the rule and its reason; then each rule that was tried."""
        return "\n".join(_lines(self))


def _counting_dict(counting: Counting, parts: Mapping[str, int]) -> dict[str, Any]:
    ratio = None if counting.ratio is None else float(counting.ratio)
    return {"encoding": counting.encoding, "scale": float(counting.scale), "ratio": ratio, "parts": dict(parts)}


def _also_dict(decision: Decision, rule: RuleReference | None) -> dict[str, Any]:
    number, line = (None, None) if rule is None else (rule.number, rule.line)
    return {"number": number, "line": line, "label": decision.label, "action": decision.action}


def _part_dict(part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {"text": part.text, "holds": part.holds, "facts": dict(part.facts), "parts": [_part_dict(inner) for inner in part.parts]}


HANDLING: Mapping[Handled, str] = MappingProxyType({Handled.REFUSED: "refuses", Handled.PASSED: "does not route"})
"""What a proxy does with a request that it doesn't route, as a verb."""


def headline(decision: Decision, model: str | None = None) -> str:
    """Where the request goes, on one line."""
    match decision.action:
        case "route":
            return f"{decision.label}" + (f"  ({model})" if model else "")
        case "keep":
            return "keep: the requested model stays"
        case "reject":
            return f"reject: {decision.message}"


def _lines(explanation: Explanation) -> Iterator[str]:
    decision, rule = explanation.decision, explanation.decision.rule
    yield headline(decision, explanation.model)
    if explanation.handled is not Handled.ROUTED:
        yield _field("but", f"the proxy {HANDLING[explanation.handled]} a request of this path, whatever the policy says")
    if explanation.behind is not None and (told := str(explanation.behind)):
        yield _field("window", told)
    if decision.fallbacks:
        yield _field("fallback", ", ".join(decision.fallbacks))
    if rule is None:
        yield _field("rule", "none: the policy has no default, so the label is default")
    else:
        yield _field("rule", f"{rule.number}, {rule.file}:{rule.line}: {rule.text}")
        if rule.because:
            yield _field("because", rule.because)
    if explanation.share is not None:
        yield _field("split", _split(explanation.share, decision.label, explanation.sources))
    yield from _sources(explanation)
    if explanation.trace:
        yield ""
        yield "rules tried"
    several_files = len({step.file for step in explanation.trace}) > 1
    places = [f"{step.file}:{step.line}" if several_files else f"line {step.line}" for step in explanation.trace]
    width = max(map(len, places), default=0)
    for step, place in zip(explanation.trace, places, strict=True):
        yield from step_lines(step, place.ljust(width))
    if explanation.also:
        yield ""
        yield "would also hold"
        for other in explanation.also:
            place = f"{other.rule.number:>3}  line {other.rule.line:<4}" if other.rule else "     no default"
            yield f"      {place}  -> {headline(other)}"
    yield from _nearest(explanation)
    if forgotten := [name for name in explanation.facts if _is_of_memory(name) and explanation.sources.get(name) != "set outright"]:
        yield ""
        yield f"memory isn't known here: {', '.join(forgotten)}; set them with --fact"


def _is_of_memory(name: str) -> bool:
    fact, asked = fact_named(name), asked_of_label(name)
    return fact.place is Made.MEMORY if fact is not None else asked is not None and asked[0].name in ("quota", "healthy")


def _field(name: str, value: str) -> str:
    return f"  {name:<9} {value}"


def _split(share: Share, label: str | None, sources: Mapping[str, str]) -> str:
    of = f"{write_decimal(share.shares[share.branch - 1])}% {label}"
    if share.point is None:
        several = share.shares.count(share.shares[share.branch - 1]) > 1
        return f"by {share.by}, which is missing: {'the first of the largest shares' if several else 'the largest share'}, {of}"
    source = f" ({sources[share.by]})" if share.by in sources else ""
    low, high = (Fraction(sum(share.shares[:number])) for number in (share.branch - 1, share.branch))
    value, point = written_value(share.value), f"{floor(share.point * 100) / 100:.2f}"
    where = f"branch {share.branch} of {len(share.shares)}, {of} ({write_decimal(exact(low))} to {write_decimal(exact(high))})"
    return f"by {share.by} {value}{source}: {point} of 100, {where}"


def _sources(explanation: Explanation) -> Iterator[str]:
    """The origins of what a reader may doubt: the token counts, the agent, a missing time."""
    facts, sources = explanation.facts, explanation.sources
    counts = [name for name in facts if name in TOKEN_COUNTS]
    if counts:
        yield _field("tokens", _counts(counts, explanation))
        if explanation.parts:
            yield _field("parts", ", ".join(_parts(explanation.parts)))
    read = [fact for fact in map(fact_named, facts) if fact is not None]
    for fact in read:
        if fact.doubtful and facts[fact.name] is not None:
            value = written_value(facts[fact.name])
            yield _field(fact.name.partition(".")[0], f"{fact.name} is {value} ({sources.get(fact.name)})")
    untold = [fact.name for fact in FACTS if fact.place is Made.CLOCK and fact.name in facts and facts[fact.name] is None]
    if untold:
        yield _field("time", f"{' and '.join(untold)} missing: no time is given (at, --at 2026-11-22T23:10)")


def _parts(counts: Mapping[str, int]) -> Iterator[str]:
    """The token counts of the parts, each by the last word of its name, with the counts inside it in parentheses."""
    for name, count in counts.items():
        if BY_NAME[name].bounds.most is None:
            inside = [f" ({_last(inner)} {of:,})" for inner, of in counts.items() if BY_NAME[inner].bounds.most == name]
            yield f"{_last(name)} {count:,}{''.join(inside)}"


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _counts(names: list[str], explanation: Explanation) -> str:
    """Token counts, each with its source unless all share one."""
    told = {name: f"{name} is {written_value(explanation.facts[name])}" for name in names}
    sources = {name: explanation.sources.get(name) for name in names}
    if len(set(sources.values())) == 1:
        return f"{', '.join(told.values())} ({sources[names[0]]})"
    return ", ".join(f"{told[name]} ({sources[name]})" for name in names)


def _nearest(explanation: Explanation) -> Iterator[str]:
    if explanation.nearest:
        yield ""
        yield "one change away"
    for item in explanation.nearest[:MAX_NEAREST]:
        yield f"      {item['number']:>3}  line {item['line']:<4}  -> {item['label']}: {item['change']}"
    if len(explanation.nearest) > MAX_NEAREST:
        yield f"      and {len(explanation.nearest) - MAX_NEAREST} more (--json has all)"


MAX_PARTS = 8
"""How many of the parts that decided a rule are shown."""

_MARKS = {True: "✓", False: "✗", None: "?"}
_TOLD = {True: "holds", False: "does not hold", None: "is unknown"}
_VALUES = {True: "true", False: "false", None: "unknown"}


def step_lines(step: Step, where: str) -> Iterator[str]:
    """One rule that was tried, for people: whether it holds, and below it the values that decided."""
    place = f"{_MARKS[step.holds]} {step.number:>3}  {where}"
    if step.condition is None:
        yield f"    {place}  default"
        return
    yield f"    {place}  {step.condition.text}"
    indent = " " * (len(place) + 8)
    decided = list(dict.fromkeys(_told(part, step.condition) for part in _deciding(step.condition)))
    yield from (f"{indent}{told}" for told in decided[:MAX_PARTS] if told)
    if len(decided) > MAX_PARTS:
        yield f"{indent}and {len(decided) - MAX_PARTS} more (--json has all)"


def _told(part: Part, whole: Part) -> str:
    """Whether a part holds, unless it is the whole condition, and the values that it reads; empty without either."""
    what = f"{part.text} {_TOLD[part.holds]}: " if part.text != whole.text else ""
    values = ", ".join(f"{name} is {_value(name, value)}" for name, value in part.facts.items())
    return f"{what}{values or _VALUES[part.holds]}" if what or values else ""


def _value(name: str, value: Any) -> str:
    """A value as a policy would write it: times and weekdays stand without quotes."""
    fact = fact_named(name)
    return value if fact is not None and fact.type in (Type.TIME, Type.WEEKDAY) and isinstance(value, str) else written_value(value)


def _deciding(whole: Part) -> Iterator[Part]:
    """The smallest parts that decided: of an `and` the one that failed, or all; of an `or` the one that held, or all."""
    left = [whole]
    while left:
        part = left.pop()
        # a `not` has none that holds as it does
        left += reversed([inner for inner in part.parts if inner.holds is part.holds] or part.parts)
        if not part.parts:
            yield part
