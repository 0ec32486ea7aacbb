"""Replays requests on the compiled policy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from ccproxy.analysis.fuel import Fuel
from ccproxy.analysis.witness.realization import Envelope
from ccproxy.checks import CheckedPolicy
from ccproxy.compiler import Router, compile_policy
from ccproxy.decision import Decision
from ccproxy.facts import Facts, Request, TokenCounter, observe_request
from ccproxy.language import syntax

_COMPILING = 40
"""Steps that the compiler takes for a node of a policy."""
_DECIDING = 100
"""Steps that a decision takes at least."""


class Replay:
    """One policy, compiled. Its Python predicates answer what the envelope's `predicates` says, and else no.

    `counter` counts tokens that the envelope does not set outright.
    """

    def __init__(self, checked: CheckedPolicy, counter: TokenCounter | None = None, fuel: Fuel | None = None) -> None:
        self._checked = checked
        self._answers: dict[str, bool] = {}
        self._zone = checked.zone
        self._counter = counter or TokenCounter()
        self._work = fuel or Fuel()

    @cached_property
    def _router(self) -> Router:
        self._work.spend_of_all(_COMPILING * sum(1 + sum(1 for _ in syntax.walk(item)) for item in self._checked.policy.statements))
        return compile_policy(self._checked, {name: self._answering(name) for name in self._checked.predicates})

    def rule(self, envelope: Envelope) -> int:
        """The rule, from 0, that decides on the request; the default that nobody wrote comes after all others."""
        decided = self.decide(envelope).rule
        return len(self._checked.rules) if decided is None else decided.number - 1

    def holds(self, condition: syntax.Expression, envelope: Envelope) -> bool:
        """Whether a condition of the policy holds for the request."""
        self._work.spend_of_all(_COMPILING * (1 + sum(1 for _ in syntax.walk(condition))))
        return bool(self._router.evaluate(condition, self.facts(envelope), {}))

    def decide(self, envelope: Envelope) -> Decision:
        """The decision on the request."""
        self._work.spend_of_all(_DECIDING)
        return self._router.decide(self.facts(envelope))

    def facts(self, envelope: Envelope) -> Facts:
        """The facts of the request."""
        self._answers = envelope.get("predicates", {})
        return observe_request(Request.from_envelope(envelope), zone=self._zone, counter=self._counter)

    def _answering(self, name: str) -> Callable[[Facts], bool]:
        return lambda facts: self._answers.get(name, False)
