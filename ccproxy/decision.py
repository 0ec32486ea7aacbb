"""What a policy says of a request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

Action = Literal["route", "keep", "reject"]
"""What is done with a request: it goes to a label, it keeps the model that it asked for, it is answered with an error."""


@dataclass(frozen=True, slots=True)
class RuleReference:
    """The rule that decided: its number in the order of trying, where it stands, its canonical text, its `because`."""

    number: int
    file: str
    line: int
    text: str
    because: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a request goes.

    `action` is `route` (then `label` is set), `keep` (leave the requested model) or `reject` (then `message` is set).
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
        """What becomes of the request, whichever rule decided: decisions of equal outcome treat it the same."""
        return replace(self, rule=None)

    @property
    def labels(self) -> frozenset[str] | None:
        """The labels that the request can end at, fallbacks too; None for any at all, where it keeps its model."""
        match self.action:
            case "keep":
                return None
            case "route" | "reject":
                return frozenset(self.fallbacks if self.label is None else (self.label, *self.fallbacks))

    def outcome_dict(self) -> dict[str, Any]:
        """What becomes of the request, as JSON has it."""
        return {"action": self.action, "label": self.label, "fallbacks": list(self.fallbacks), "message": self.message}

    def to_dict(self) -> dict[str, Any]:
        """Everything that a case can expect of it; `line` and `file` are None where nobody wrote the rule."""
        place = {"line": self.rule.line if self.rule else None, "file": self.rule.file if self.rule else None}
        return {**self.outcome_dict(), **place}
