"""Chooses the label that a conversation stays at."""

from __future__ import annotations

from ccproxy.facts import Facts
from ccproxy.frozen import frozen

NOWHERE = -1
"""The branch of a text that is no label of the policy: a rule that stays does not apply to it."""


@frozen
class Stayer:
    """Chooses the index of a decision by `session.label`, among these labels."""

    labels: tuple[str, ...]

    def choose(self, facts: Facts) -> int:
        """The index of the conversation's label."""
        return self.branch_of(facts.session_label)

    def branch_of(self, label: str | None) -> int:
        """The index of a label, `NOWHERE` for any other text."""
        return self.labels.index(label) if label in self.labels else NOWHERE
