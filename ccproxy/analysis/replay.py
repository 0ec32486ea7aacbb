"""Requests put to the real thing: the decision that a policy takes on an envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ccproxy import syntax
from ccproxy.analysis.request import Envelope

if TYPE_CHECKING:
    from ccproxy.checks import CheckedPolicy


class Replay:
    """One policy, evaluated."""

    def __init__(self, checked: CheckedPolicy) -> None:
        self._checked = checked

    def rule(self, envelope: Envelope) -> int | None:
        """The rule, from 0, that decides on the request."""
        raise NotImplementedError

    def holds(self, condition: syntax.Expression, envelope: Envelope) -> bool:
        """Whether a condition of the policy holds for the request."""
        raise NotImplementedError

    def decide(self, envelope: Envelope) -> Any:
        """The decision on the request."""
        raise NotImplementedError
