"""`ccproxy bench`: measures what decisions cost on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from ccproxy.cli.arguments import FilePath
from ccproxy.cli.context import CannotRunError, Settings, unreadable
from ccproxy.cli.loaded_policies import load_reporting
from ccproxy.cli.output import json_text, say
from ccproxy.cli.progress import counted, progress
from ccproxy.cli.requests import read_requests
from ccproxy.compiler.router import FEW_RULES
from ccproxy.facts import Request, TokenCounter
from ccproxy.facts.counting.tokenizer import TokenizerError
from ccproxy.frozen import frozen
from ccproxy.policy import Policy
from ccproxy.regular_files import exists
from ccproxy.suite.case_files import SUFFIX, read_case_file
from ccproxy.suite.timing import Move, RequestCost, RuleCost, asks_tokens, best_move, by_rule, cost_of, typical
from ccproxy.yaml_nodes import read_yaml_file

PATIENCE = 10.0
"""About how many seconds the requests are measured, all together; the fewer they are, the longer each."""
SHOWN = 20
"""How many requests and rules are shown: those that cost most."""


@click.command(
    epilog="Example: ccproxy bench policy.ccp request.json",
    help="""Measure what a policy costs on this machine: loading it, deciding each request, counting its tokens, and each rule that a
    request was asked; and tell which rule had better stand further behind, where that is proved to change no decision.

    POLICY is a .ccp; else the one of the config folder. REQUEST is a request file (.json), many (.jsonl), or the cases of a policy
    (.cases.yaml); without any the cases beside the policy, else those of the starter policy.

    Figures are medians, and another machine has others. Python predicates of the policy are imported and run.""",
)
@click.argument("paths", metavar="[POLICY] [REQUEST]...", nargs=-1, type=FilePath(".ccp", ".json", ".jsonl", SUFFIX))
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, times in seconds.")
@click.pass_obj
@click.pass_context
def command(ctx: click.Context, settings: Settings, *, paths: tuple[Path, ...], as_json: bool) -> None:
    """Measure and print."""
    named = bool(paths) and paths[0].suffix == ".ccp"
    policy_path = settings.policy(paths[0] if named else None)
    counter = settings.counter(calibrated=False)
    load, policy = typical(lambda: load_reporting(settings, policy_path, counter), perf_counter, 1)
    requests, failed = _requests(paths[named:] or (policy_path.with_suffix(SUFFIX),), default=len(paths) == named)
    if not requests:
        raise CannotRunError(f"there is no request in {', '.join(map(str, paths[named:])) or policy_path.with_suffix(SUFFIX)}")
    vocabulary = _load_vocabulary(counter) if asks_tokens(policy) else None

    def fresh() -> TokenCounter:
        counter = settings.counter(calibrated=False)
        _load_vocabulary(counter)
        return counter

    costs = []
    for place, request in counted(requests, "measuring"):
        try:
            costs.append(cost_of(policy, place, request, fresh=fresh, clock=perf_counter, patience=PATIENCE / len(requests) / 2))
        except ValueError as error:
            raise CannotRunError(f"{place}: {error}") from None
    with progress("proving"):
        move = best_move(policy, costs, perf_counter)
    bench = Bench(str(policy_path), policy, load, vocabulary, tuple(costs), move)
    if as_json:
        click.echo(json_text(bench.to_dict(), indent=2))
    else:
        say("\n".join(bench.lines()))
    ctx.exit(2 if failed else 0)


def _load_vocabulary(counter: TokenCounter) -> float:
    start = perf_counter()
    with suppress(TokenizerError):  # what is counted by bytes then is what a proxy here does, too
        counter.load()
    return perf_counter() - start


def _requests(paths: Sequence[Path], *, default: bool) -> tuple[list[tuple[str, Request]], bool]:
    """The requests of these files, each with its place, and whether one could not be read; a `default` file need not be there."""
    found: list[tuple[str, Request]] = []
    failed = False
    for path in paths:
        if path.name.endswith(SUFFIX):
            found += _starter_cases() if default and not exists(path) else _cases(path)
            continue
        for place, request, _ in read_requests(path):
            try:
                if isinstance(request, str):
                    raise ValueError(request)
                found.append((place, Request.from_envelope(request)))
            except ValueError as error:
                say(f"ccproxy: {error}" if isinstance(request, str) else f"ccproxy: {place}: {error}", err=True)
                failed = True
    return found, failed


def _cases(path: Path) -> list[tuple[str, Request]]:
    try:
        file = read_case_file(read_yaml_file(path), str(path), path, Path())
    except OSError as error:
        raise CannotRunError(unreadable(path, error)) from None
    if file.problems:
        raise CannotRunError(f"{file.problems[0]} (ccproxy test tells all)")
    return [(f"{path.name}:{case.line} {case.name}", case.observed) for case in file.cases]


def _starter_cases() -> list[tuple[str, Request]]:
    from importlib.resources import as_file, files

    with as_file(files("ccproxy.policies")) as folder:
        return _cases(folder / f"claude-code{SUFFIX}")


@frozen
class Bench:
    """What was measured: seconds of loading the policy and the vocabulary (None where nothing counts tokens), and the requests."""

    name: str
    policy: Policy
    load: float
    vocabulary: float | None
    costs: tuple[RequestCost, ...]
    move: Move | None

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        move = self.move
        return {
            "policy": {"file": self.name, "sha256": self.policy.sha256, "rules": len(self.policy.router.rules)},
            "load": self.load,
            "vocabulary": self.vocabulary,
            "requests": [
                {
                    "request": cost.place,
                    "label": cost.decision.label,
                    "action": cost.decision.action,
                    "rule": None if cost.decision.rule is None else cost.decision.rule.number,
                    "seconds": cost.seconds,
                    "first_seconds": cost.first_seconds,
                    "tokens": cost.count and cost.count[0],
                    "count_seconds": cost.count and cost.count[1],
                }
                for cost in self.costs
            ],
            "rules": [{**_place(cost), "asked": cost.asked, "held": cost.held, "seconds": cost.seconds} for cost in by_rule(self.costs)],
            "advice": None
            if move is None
            else {**_place(move.cost), "behind": move.behind.number, "before": move.before, "after": move.after},
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        rules, requests, costs = len(self.policy.router.rules), len(self.costs), sorted(self.costs, key=lambda cost: -cost.seconds)
        yield f"{self.name}: {rules:,} {'rule' if rules == 1 else 'rules'}, {requests:,} {'request' if requests == 1 else 'requests'}"
        yield ""
        yield f"loading   {_time(self.load)}: reading, checking and compiling; what a proxy proves beside comes on top (ccproxy check)"
        yield f"decision  {_time(costs[requests // 2].seconds)} at the median, {_time(costs[-1].seconds)} to {_time(costs[0].seconds)}"
        yield from self._counting()
        yield ""
        yield from _table(
            ("decision", "first time", "tokens", "label", "request"),
            [
                (
                    _time(cost.seconds),
                    _time(cost.first_seconds),
                    _tokens(cost),
                    cost.decision.label or cost.decision.action,
                    cost.place,
                )
                for cost in costs[:SHOWN]
            ],
            requests,
        )
        asked = by_rule(self.costs)
        if asked:
            yield ""
            yield from _table(
                ("each time", "asked", "held", "rule", "reads"),
                [(_time(cost.seconds), str(cost.asked), str(cost.held), _rule(cost), ", ".join(cost.reads)) for cost in asked[:SHOWN]],
                len(asked),
            )
        yield ""
        yield from self._advice()

    def _counting(self) -> Iterator[str]:
        if self.vocabulary is None:
            yield "counting  nothing: no rule asks for tokens"
            return
        counts = [cost.count for cost in self.costs if cost.count is not None]
        if not counts:
            yield "counting  nothing: the requests say how many tokens they have"
            return
        tokens, seconds = max(counts)
        yield (
            f"counting  {_time(seconds)} for {tokens:,} tokens that were never seen before, if bounds don't decide; "
            f"loading the vocabulary takes {_time(self.vocabulary)}, once a process"
        )

    def _advice(self) -> Iterator[str]:
        if len(self.policy.router.rules) > FEW_RULES:
            yield "An index finds the rules that may hold; a decision asks only those. Above is what each rule costs if it is asked."
        elif self.move is None:
            yield "No rule was found that had better stand elsewhere."
        else:
            move, reads = self.move, ", ".join(self.move.cost.reads)
            yield (
                f"{_rule(move.cost)} reads {reads}: {_time(move.cost.seconds)}; put it after rule {move.behind.number} "
                f"(line {move.behind.rule.span.line})."
            )
            yield (
                "It is proved that every request is decided the same then; asking the rules takes "
                f"{_time(move.after)} instead of {_time(move.before)}, on average here."
            )


def _place(cost: RuleCost) -> dict[str, Any]:
    span = cost.rule.rule.span
    return {"number": cost.rule.number, "file": span.source.name, "line": span.line, "reads": list(cost.reads)}


def _rule(cost: RuleCost) -> str:
    return f"rule {cost.rule.number} (line {cost.rule.rule.span.line})"


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}" if seconds * factor < 1000 else f"{seconds * factor:,.0f} {unit}"
    return f"{seconds * 1e6:.1f} µs"


def _tokens(cost: RequestCost) -> str:
    return "-" if cost.count is None else f"{cost.count[0]:,}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], there: int) -> Iterator[str]:
    """The rows under their header, aligned; says how many of those that are there are not shown."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if there > len(rows):
        yield f"and {there - len(rows):,} more that cost less (--json has all)"
