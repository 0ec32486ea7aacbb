"""What a policy says of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


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

    action: Literal["route", "keep", "reject"]
    label: str | None
    fallbacks: tuple[str, ...]
    message: str | None
    rule: RuleReference | None

    def to_dict(self) -> dict[str, Any]:
        """Everything that a case can expect of it; `line` and `file` are None where nobody wrote the rule."""
        return {
            "action": self.action,
            "label": self.label,
            "fallbacks": list(self.fallbacks),
            "message": self.message,
            "line": self.rule.line if self.rule else None,
            "file": self.rule.file if self.rule else None,
        }
