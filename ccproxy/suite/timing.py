"""Measures what decisions cost: by request, and by each rule that a request was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import TypeVar

from ccproxy.analysis.difference import difference
from ccproxy.analysis.fuel import Fuel
from ccproxy.compiler.lets import Memo
from ccproxy.compiler.python_predicates import PredicateError
from ccproxy.compiler.router import FEW_RULES, CompiledRule
from ccproxy.decision import Decision
from ccproxy.facts import Facts, Request, TokenCounter, observe_request
from ccproxy.facts.asked import facts_asked
from ccproxy.facts.definitions import TOKEN_COUNTS
from ccproxy.frozen import frozen
from ccproxy.language import syntax
from ccproxy.language.literals import LABEL_FUNCTIONS
from ccproxy.language.printer import format_expression
from ccproxy.policy import Policy

T = TypeVar("T")
Clock = Callable[[], float]
"""Seconds from any moment, as `time.perf_counter`."""

ROUNDS = 31
"""How often a thing is measured at most; the median counts."""
FEW_ROUNDS = 3
"""How often at least, however long that takes."""
MAX_MOVES = 12
"""How many places for other rules are tried: a proof of each may take a while."""
WORTH = 0.1
"""What share of a decision's time moving a rule has to save, to be worth telling."""
LEAST = 1e-6
"""How many seconds at least."""


@frozen
class Asked:
    """A rule that was asked whether it holds: the seconds that took, and what it was the first to read.

    That is facts, and what else its condition has: readers, as `header("x-tier")`, and predicates.
    """

    rule: CompiledRule
    seconds: float
    reads: tuple[str, ...]
    holds: bool


@frozen
class RequestCost:
    """What one request costs.

    `seconds` are those of a decision from the body on, where its texts have been seen before; `first_seconds` where none has. `count` are
    the tokens of the request, and the seconds of counting them all; None where the policy asks for none, or they were set outright.
    `asked` are the rules, in the order in which they are tried.
    """

    place: str
    request: Request
    decision: Decision
    seconds: float
    first_seconds: float
    count: tuple[int, float] | None
    asked: tuple[Asked, ...]


@frozen
class RuleCost:
    """What one rule costs the requests that were asked: how many were and held, seconds on average, what it read first."""

    rule: CompiledRule
    asked: int
    held: int
    seconds: float
    reads: tuple[str, ...]

    @property
    def total(self) -> float:
        """The seconds for all requests."""
        return self.seconds * self.asked


@frozen
class Move:
    """A rule that had better stand behind another: proved to decide the same for every request.

    `before` and `after` are the seconds that its requests take to be asked all rules, on average.
    """

    cost: RuleCost
    behind: CompiledRule
    before: float
    after: float


def typical(call: Callable[[], T], clock: Clock, patience: float) -> tuple[float, T]:
    """The median of the seconds that a call takes, and what it gave last; called again until `patience` seconds are over."""
    started, times = clock(), []
    while True:
        start = clock()
        result = call()
        end = clock()
        times.append(end - start)
        if len(times) >= ROUNDS or (len(times) >= FEW_ROUNDS and end - started > patience):
            return median(times), result


def cost_of(
    policy: Policy, place: str, request: Request, *, fresh: Callable[[], TokenCounter], clock: Clock, patience: float = 0.1
) -> RequestCost:
    """Measure one request; `fresh` gives a counter that has seen no text. PredicateError where the decision depends on an unknown one."""
    policy.decide(request)  # what is kept from then on is not measured
    seconds, decision = typical(lambda: policy.decide(request), clock, patience)
    first = median(_new_texts(policy, request, fresh(), clock, policy.decide_facts)[0] for _ in range(FEW_ROUNDS))
    count = None
    if asks_tokens(policy) and policy.observe(request).overridden.isdisjoint(TOKEN_COUNTS):
        took, tokens = _new_texts(policy, request, fresh(), clock, lambda facts: facts.tokens)
        count = tokens, took
    return RequestCost(place, request, decision, seconds, first, count, walk(policy, policy.router.rules, request, clock, patience))


def asks_tokens(policy: Policy) -> bool:
    """Whether the policy can make a decision count tokens."""
    return not facts_asked(policy.checked.policy.statements).isdisjoint(TOKEN_COUNTS)


def _new_texts(policy: Policy, request: Request, counter: TokenCounter, clock: Clock, ask: Callable[[Facts], T]) -> tuple[float, T]:
    """What this gives for the request, by a counter that has seen no text, and the seconds that it takes."""
    start = clock()
    result = ask(observe_request(request, zone=policy.zone, counter=counter))
    return clock() - start, result


def walk(policy: Policy, rules: Sequence[CompiledRule], request: Request, clock: Clock, patience: float) -> tuple[Asked, ...]:
    """The rules that a request is asked, if they are tried in this order, with the medians of their seconds."""
    noted = tuple(_noted(policy, rules, request))
    rounds: list[tuple[float, ...]] = []
    started = clock()
    while len(rounds) < ROUNDS and (len(rounds) < FEW_ROUNDS or clock() - started < patience):
        rounds.append(tuple(_seconds(policy, [one.rule for one in noted], request, clock)))
    return tuple(replace(one, seconds=median(times)) for one, times in zip(noted, zip(*rounds, strict=True), strict=True))


def _noted(policy: Policy, rules: Iterable[CompiledRule], request: Request) -> Iterator[Asked]:
    """The rules that are asked, and what each is the first to read."""
    facts, memo = policy.observe(request), Memo()
    known = _read(facts)
    for rule in rules:
        if rule.condition is None:
            return
        holds = _holds(policy, rule, facts, memo)
        read = {**known, **_read(facts), **dict.fromkeys(_asks(policy, rule.condition))}
        yield Asked(rule, 0, tuple(name for name in read if name not in known), holds is True)
        if holds is not False:
            return
        known = read


def _seconds(policy: Policy, rules: Iterable[CompiledRule], request: Request, clock: Clock) -> Iterator[float]:
    facts, memo = policy.observe(request), Memo()
    for rule in rules:
        start = clock()
        _holds(policy, rule, facts, memo)
        yield clock() - start


def _holds(policy: Policy, rule: CompiledRule, facts: Facts, memo: Memo) -> bool | None:
    """Whether a rule holds; None where that can't be said, and the request is refused."""
    try:
        return rule.condition is None or bool(policy.router.evaluate(rule.condition, facts, memo))
    except PredicateError:
        return None


def _read(facts: Facts) -> dict[str, None]:
    """The names of the facts that were read so far: those computed, and those of which a bound was enough."""
    return dict.fromkeys([*facts.values_read(), *(name for terms, _ in facts.compared for name, _ in terms)])


def _asks(policy: Policy, condition: syntax.Expression) -> Iterator[str]:
    """The readers and predicates in a condition, and in the lets that it uses; functions of labels are among the facts."""
    pending, seen = [condition], set[str]()
    while pending:
        top = pending.pop()
        for item in (top, *syntax.walk(top)):
            match item:
                case syntax.Call(function=function) if function not in LABEL_FUNCTIONS:
                    yield format_expression(item)
                case syntax.Name(name=name) if name in policy.predicates:
                    yield name
                case syntax.Name(name=name) if name in policy.checked.lets and name not in seen:
                    seen.add(name)
                    pending.append(policy.checked.lets[name].value)


def by_rule(costs: Sequence[RequestCost]) -> list[RuleCost]:
    """The rules that were asked, those first that cost the requests most."""
    together: dict[int, list[Asked]] = {}
    for cost in costs:
        for asked in cost.asked:
            together.setdefault(asked.rule.number, []).append(asked)
    found = [
        RuleCost(
            every[0].rule,
            len(every),
            sum(one.holds for one in every),
            fmean(one.seconds for one in every),
            tuple(dict.fromkeys(name for one in every for name in one.reads)),
        )
        for every in together.values()
    ]
    return sorted(found, key=lambda cost: (-cost.total, cost.rule.number))


def best_move(
    policy: Policy, costs: Sequence[RequestCost], clock: Clock, patience: float = 0.02, fuel: Callable[[], Fuel] = Fuel
) -> Move | None:
    """The rule that saves these requests most if it stands further behind, where that is proved to change no decision; None for none.

    There is at least one request. Where rules are found by an index their order costs nothing.
    """
    if len(policy.router.rules) > FEW_RULES:
        return None
    tried = sorted(_moves(policy, costs, clock, patience), key=lambda move: move.after)
    return next((move for move in tried if _changes_nothing(policy, move, fuel())), None)


def _moves(policy: Policy, costs: Sequence[RequestCost], clock: Clock, patience: float) -> Iterator[Move]:
    """The moves that save something, proved or not: behind a rule of the same file that takes requests."""
    rules = policy.router.rules
    takers = sorted({cost.asked[-1].rule.number for cost in costs if cost.asked and cost.asked[-1].holds})
    before = _mean(cost.asked for cost in costs)
    candidates = [
        (cost, rules[taker - 1])
        for cost in by_rule(costs)
        if cost.reads
        for taker in reversed(takers)
        if taker > cost.rule.number and rules[taker - 1].rule.span.source is cost.rule.rule.span.source
    ]
    for cost, behind in candidates[:MAX_MOVES]:
        order = moved(rules, cost.rule, behind)
        after = _mean(walk(policy, order, one.request, clock, patience) for one in costs)
        if before - after >= max(LEAST, WORTH * fmean(one.seconds for one in costs)):
            yield Move(cost, behind, before, after)


def _mean(walks: Iterable[Sequence[Asked]]) -> float:
    return fmean(sum(one.seconds for one in asked) for asked in walks)


def moved(rules: Sequence[CompiledRule], rule: CompiledRule, behind: CompiledRule) -> list[CompiledRule]:
    """The rules with one of them behind a later one."""
    order = [other for other in rules if other is not rule]
    order.insert(order.index(behind) + 1, rule)
    return order


def _changes_nothing(policy: Policy, move: Move, fuel: Fuel) -> bool:
    order = moved(policy.router.rules, move.cost.rule, move.behind)
    new = replace(policy.checked, rules=tuple(rule.rule for rule in order))
    return difference(policy.checked, new, fuel).verdict == "same"
