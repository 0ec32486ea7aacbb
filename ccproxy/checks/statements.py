"""Runs all checks on a policy, statement by statement: at most one error per statement, and none that follows from another."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import islice

from ccproxy.checks.advice import advice
from ccproxy.checks.arithmetic import Extent, ExtentError, check_arithmetic, extent_of
from ccproxy.checks.checked import CheckedPolicy
from ccproxy.checks.names import call_problem, definition_problem, expression_problems, hidden_fact, predicate_problem, with_own_names
from ccproxy.checks.staying import with_stay
from ccproxy.checks.targets import target_problems
from ccproxy.checks.typing import Typing, TypingError
from ccproxy.closest import closest
from ccproxy.diagnostics import Code, Diagnostic, Edit, Fix, Note, Severity, sort_diagnostics
from ccproxy.diagnostics.fix import replace
from ccproxy.facts.asked import fact_read
from ccproxy.frozen import mutable
from ccproxy.language import syntax
from ccproxy.language.edits import add_default, end_of, leave_out
from ccproxy.language.literals import write_decimal, write_label, write_text
from ccproxy.language.loader import Loaded
from ccproxy.language.types import Type
from ccproxy.source import Span

MAX_RULES = 20_000
"""Maximum rules of a policy, includes followed."""
VERSION = 1
_PLACES = {
    "AEST": "Australia/Sydney",
    "BST": "Europe/London",
    "CDT": "America/Chicago",
    "CEST": "Europe/Berlin",
    "CST": "America/Chicago",
    "EDT": "America/New_York",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MDT": "America/Denver",
    "PDT": "America/Los_Angeles",
    "PST": "America/Los_Angeles",
}
"""Where abbreviations are in use that are no names of time zones."""
_ARITHMETIC = frozenset({syntax.Sum, syntax.Product})
MAX_HINTS = 100
"""How many unknown names get a suggestion."""
MAX_SIMILAR = 1_000
"""How many lets and predicates are considered as suggestions."""


def check(loaded: Loaded) -> tuple[list[Diagnostic], CheckedPolicy | None]:
    """Every diagnostic of a policy's text, names and types; and, if none is an error, the checked policy."""
    loaded = dataclasses.replace(loaded, policy=with_own_names(loaded.policy))
    checking = _Checking(loaded)
    for statement in loaded.policy.statements:
        checking.statement(statement)
    checking.whole()
    diagnostics = sort_diagnostics([*loaded.diagnostics, *checking.diagnostics], loaded.policy.sources)
    if loaded.incomplete or any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics):
        return diagnostics, None
    return diagnostics, checking.checked()


@mutable
class _Checking:
    """The state after the statements checked so far."""

    loaded: Loaded
    diagnostics: list[Diagnostic] = field(default_factory=list)
    defined: dict[str, Span] = field(default_factory=dict)
    later: dict[str, Span] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    lets: dict[str, syntax.Let] = field(default_factory=dict)
    let_types: dict[str, Type] = field(default_factory=dict)
    numbers: dict[str, Extent] = field(default_factory=dict)
    predicates: dict[str, syntax.Predicate] = field(default_factory=dict)
    hints: int = MAX_HINTS
    used: set[str] = field(default_factory=set)
    rules: list[syntax.Rule] = field(default_factory=list)
    assertions: list[syntax.Assertion] = field(default_factory=list)
    default: syntax.Rule | None = None
    followed: bool = False
    zone: syntax.Timezone | None = None

    def __post_init__(self) -> None:
        self.unknown |= self.loaded.broken
        for statement in self.loaded.policy.statements:
            if isinstance(statement, syntax.Let | syntax.Predicate):
                self.later.setdefault(statement.name.name, statement.name.span)

    # ── One statement ────────────────────────────────────────────────────────────────────────────────────────────────

    def statement(self, statement: syntax.Statement) -> None:
        """Check one statement: yields its first error, or its advice."""
        below = [*syntax.walk(statement)]
        problem = next(iter(self._problems(statement, below)), None)
        if problem is not None:
            self.diagnostics.append(problem)
        else:
            if isinstance(statement, syntax.Let | syntax.Predicate):
                self.diagnostics += hidden_fact(statement.name)
            self.diagnostics += advice(statement, below)
        self.used.update([item.name for item in below if isinstance(item, syntax.Name)])
        self._note(statement, problem)

    def _problems(self, statement: syntax.Statement, below: Sequence[syntax.Expression]) -> Iterator[Diagnostic]:
        match statement:
            case syntax.Version():
                yield from self._version(statement)
            case syntax.Timezone():
                yield from self._timezone(statement)
            case syntax.Let():
                yield from self._definition(statement.name)
                yield from self._expression(statement, below)
            case syntax.Predicate():
                yield from self._definition(statement.name)
                if problem := predicate_problem(statement):
                    yield problem
            case syntax.Rule():
                yield from self._place(statement)
                yield from self._expression(statement, below)
                yield from self._target_facts(statement.target)
                yield from target_problems(statement.target, call_problem)
            case syntax.Assertion():
                yield from self._expression(statement, below)
            case syntax.Include():
                pass

    def _definition(self, name: syntax.Name) -> Iterator[Diagnostic]:
        if problem := definition_problem(name, self.defined):
            yield problem

    def _version(self, statement: syntax.Version) -> Iterator[Diagnostic]:
        first = next(other for other in self.loaded.policy.statements if other.span.source is statement.span.source)
        if statement is not first:
            yield Diagnostic(Code.VERSION_NOT_FIRST, statement.span, "version stands first in its file", "move it to the top, once")
        elif statement.number.value != VERSION:
            written = write_decimal(statement.number.value)
            hint = f"write version {VERSION}, or use a ccproxy that knows version {written}"
            span, message = statement.number.span, f"this ccproxy does not know version {written} of the language"
            yield Diagnostic(Code.UNKNOWN_VERSION, span, message, hint, fixes=(replace(span, f"{VERSION}"),))

    def _timezone(self, statement: syntax.Timezone) -> Iterator[Diagnostic]:
        zone = statement.zone
        if self.zone is not None:
            first = Note("the first timezone", self.zone.span)
            message, hint = "a policy has one timezone", "take one of them out"
            yield Diagnostic(Code.DUPLICATE_TIMEZONE, statement.span, message, hint, (first,), fixes=(leave_out(statement),))
        elif not _is_zone(zone.value):
            from zoneinfo import available_timezones

            place = _PLACES.get(zone.value.upper())
            close = place or closest(zone.value, available_timezones())
            hint = f'did you mean "{close}"?' if close else 'write an IANA name, such as "Europe/Berlin" or "UTC"'
            if place:
                hint = f'write an Area/City that has it, such as "{place}"'
            fixes = (replace(zone.span, write_text(close)),) if close else ()
            yield Diagnostic(Code.UNKNOWN_TIMEZONE, zone.span, f'no time zone is called "{zone.value}"', hint, fixes=fixes)

    def _place(self, rule: syntax.Rule) -> Iterator[Diagnostic]:
        if rule.condition is None and isinstance(rule.target, syntax.Stay):
            message = "where a conversation has no label yet, stay does not apply: then nothing would be left for the request"
            hint, fixes = "write when true -> stay, and a default -> LABEL behind it", self._rule_and_default(rule)
            yield Diagnostic(Code.STAY_BY_DEFAULT, rule.target.span, message, hint, fixes=fixes)
        if self.default is None:
            return
        note = (Note("default stands here", self.default.span),)
        if rule.condition is None:
            message = "the policy has a default already"
            yield Diagnostic(Code.DUPLICATE_DEFAULT, rule.span, message, "take one of them out", note, fixes=(leave_out(rule),))
        elif not self.followed:
            message, fixes = "no rule can follow default", self._moved(self.default)
            yield Diagnostic(Code.RULE_AFTER_DEFAULT, rule.span, message, "move default to the end", note, fixes=fixes)

    def _rule_and_default(self, rule: syntax.Rule) -> tuple[Fix, ...]:
        label = write_label(rule.target.labels[0].name if rule.target.labels else "default")
        return (replace(rule.span, f"when true -> {rule.target.span.text}\ndefault -> {label}"),)

    def _moved(self, default: syntax.Rule) -> tuple[Fix, ...]:
        """The fix that moves the default to the end, if it is in the main file."""
        source = default.span.source
        if source is not self.loaded.policy.sources[0]:
            return ()
        end = Edit(end_of(source), f"\n{default.span.text}")
        return (Fix("move default to the end", (*leave_out(default).edits, end)),)

    def _expression(
        self, statement: syntax.Let | syntax.Rule | syntax.Assertion, below: Sequence[syntax.Expression]
    ) -> Iterator[Diagnostic]:
        if self.loaded.incomplete and any(self._unheard_of(item) for item in below):
            return
        similar = islice(self.defined, MAX_SIMILAR) if self.hints else None
        for problem in expression_problems(below, self._is_defined, self.later, similar):
            self.hints -= bool(self.hints)
            yield problem
            return
        try:
            if isinstance(statement, syntax.Let):
                self.let_types[statement.name.name] = self._typing().let(statement)
            elif statement.condition is not None:
                self._typing().condition(statement.condition)
            if not _ARITHMETIC.isdisjoint(map(type, below)):
                check_arithmetic(statement, self.numbers)
            if isinstance(statement, syntax.Let) and self.let_types[statement.name.name] is Type.NUMBER:
                self.numbers[statement.name.name] = extent_of(statement.value, self.numbers)
        except ExtentError as error:
            yield error.diagnostic
        except TypingError as problem:
            if problem.diagnostic is not None:
                yield problem.diagnostic
            elif isinstance(statement, syntax.Let):
                self.unknown.add(statement.name.name)

    def _target_facts(self, target: syntax.Target) -> Iterator[Diagnostic]:
        for fact in target.reads:
            if isinstance(fact, syntax.Name):
                yield from expression_problems([fact], self.defined.__contains__, self.later)

    def _is_defined(self, name: str) -> bool:
        return name in self.defined or name in self.unknown

    def _unheard_of(self, item: syntax.Expression) -> bool:
        return isinstance(item, syntax.Name) and item.name not in self.defined and fact_read(item) is None

    def _typing(self) -> Typing:
        return Typing(self.lets, self.let_types, self.predicates, self.unknown)

    def _note(self, statement: syntax.Statement, problem: Diagnostic | None) -> None:
        """Record what the statement defines."""
        match statement:
            case syntax.Let(name=name) | syntax.Predicate(name=name):
                if problem is not None and problem.code is Code.DUPLICATE_NAME:
                    return
                self.defined.setdefault(name.name, name.span)
                if problem is not None:
                    self.unknown.add(name.name)
                elif isinstance(statement, syntax.Let):
                    self.lets[name.name] = statement
                else:
                    self.predicates[name.name] = statement
            case syntax.Rule(condition=condition):
                self.followed = self.followed or self.default is not None
                if condition is None and self.default is None:
                    self.default = statement
                self.rules.append(statement)
            case syntax.Assertion():
                self.assertions.append(statement)
            case syntax.Timezone() if problem is None:
                self.zone = statement
            case _:
                pass

    # ── The whole ────────────────────────────────────────────────────────────────────────────────────────────────────

    def whole(self) -> None:
        """Check what depends on several statements."""
        if len(self.rules) > MAX_RULES:
            span = self.rules[MAX_RULES].span
            message = f"the policy has {len(self.rules):,} rules; the limit is {MAX_RULES:,}"
            self.diagnostics.append(Diagnostic(Code.TOO_MANY_RULES, span, message, "join rules with the same label by or"))
        # what can't be read may be what uses them
        unused = () if self.loaded.diagnostics else [name for name in (*self.lets, *self.predicates) if name not in self.used]
        for name, let in self.lets.items():
            if name in unused:
                hint = "take it out, or use it in a rule"
                self.diagnostics.append(
                    Diagnostic(Code.UNUSED_LET, let.name.span, f"`{name}` is never used", hint, fixes=(leave_out(let),))
                )
        for name, predicate in self.predicates.items():
            if name in unused:
                hint = f"take it out, or write when {name} -> …"
                self.diagnostics.append(
                    Diagnostic(Code.UNUSED_PREDICATE, predicate.name.span, f"`{name}` is never used", hint, fixes=(leave_out(predicate),))
                )
        if self.default is not None or "default" in self.loaded.broken or self.loaded.incomplete:
            return
        source = self.loaded.policy.sources[0]
        fixes = (add_default(source, "default"),)
        if not self.rules and not self.loaded.diagnostics:
            message = "the policy has neither a rule nor a default: a running proxy does not take it up"
            hint = "write a rule (when CONDITION -> LABEL), or where all requests go (default -> LABEL)"
            self.diagnostics.append(Diagnostic(Code.EMPTY_POLICY, end_of(source), message, hint, fixes=fixes))
        else:
            message = "the policy does not say where all other requests go: they go to the label default"
            hint = "add default -> LABEL at the end"
            self.diagnostics.append(Diagnostic(Code.IMPLIED_DEFAULT, end_of(source), message, hint, fixes=fixes))

    def checked(self) -> CheckedPolicy:
        """The checked policy; only valid if there were no errors."""
        zone = self.zone.zone.value if self.zone else "UTC"
        policy, rules, assertions = self.loaded.policy, tuple(self.rules), tuple(self.assertions)
        checked = CheckedPolicy(policy, rules, self.lets, self.let_types, self.predicates, assertions, zone)
        return with_stay(checked)


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo  # the zones take their time to load

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True
