"""A policy's decision on a request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from ccproxy.frozen import frozen

Action = Literal["route", "keep", "reject"]
"""What is done with a request: it goes to a label, it keeps the model that it asked for, it is answered with an error."""


@frozen
class RuleReference:
    """The rule that decided: its number in the order rules are tried, its place, its canonical text, its `because`."""

    number: int
    file: str
    line: int
    text: str
    because: str | None


@frozen
class Decision:
    """Where a request goes.

    `action` is `route` (then, and only then, `label` is set), `keep` (leave the requested model) or `reject` (then, and only then,
    `message` is set).
    `rule` is None where the implied default decided.
    """

    action: Action
    label: str | None
    fallbacks: tuple[str, ...]
    message: str | None
    rule: RuleReference | None
    status: int = 400
    """The HTTP status that a rejection is answered with."""

    @property
    def outcome(self) -> Decision:
        """What happens to the request, whichever rule decided: decisions with equal outcomes treat it the same."""
        return replace(self, rule=None)

    @property
    def labels(self) -> frozenset[str] | None:
        """The labels that the request can end at, fallbacks included; None if it keeps its model, which can be any."""
        match self.action:
            case "keep":
                return None
            case "route" | "reject":
                return frozenset(self.fallbacks if self.label is None else (self.label, *self.fallbacks))

    def model_for(self, asked: Any) -> Any:
        """The model that serves a request which asked for `asked`, whatever that is; None if none does."""
        match self.action:
            case "keep":
                return asked
            case "route" | "reject":
                return self.label

    def outcome_dict(self) -> dict[str, Any]:
        """What happens to the request, as JSON."""
        return {"action": self.action, "label": self.label, "fallbacks": list(self.fallbacks), "message": self.message}

    def to_dict(self) -> dict[str, Any]:
        """Everything that a case can expect; `line` and `file` are None for the implied default."""
        place = {"line": self.rule.line if self.rule else None, "file": self.rule.file if self.rule else None}
        return {**self.outcome_dict(), **place}


@frozen
class Undecided:
    """No decision: it hangs on facts that are unknown.

    `causes` are the facts that were wanting, in the order in which the rules ask for them; readers by their canonical texts
    (`header("x-team")`), predicates by their names. `possible` are the decisions that are still possible, one for each outcome.
    """

    causes: tuple[str, ...]
    possible: tuple[Decision, ...]
