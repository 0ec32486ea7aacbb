"""Formulas over atoms, as a graph of numbered nodes in which equal ones are shared.

A formula is a signed number: `-f` is the negation of `f`. A node is an atom or an `and`; an `or` is the negation of an `and` of negations.
Children have smaller numbers than their parents, so a graph is walked by counting, however deep `let`s are nested.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from ccproxy.analysis.formulas.atoms import Atom
from ccproxy.analysis.fuel import Fuel
from ccproxy.frozen import mutable

Formula = int
TRUE: Formula = 1
FALSE: Formula = -1


@mutable
class Formulas:
    """The nodes created so far; node 1 is `true`."""

    fuel: Fuel = field(default_factory=Fuel)
    nodes: list[Atom | tuple[Formula, ...] | None] = field(default_factory=lambda: [None, None])
    _known: dict[Atom | tuple[Formula, ...], Formula] = field(default_factory=dict)

    def atom(self, atom: Atom) -> Formula:
        """The formula that the atom holds."""
        self.fuel.spend_of_all(4)
        return self._intern(atom)

    def conjunction(self, formulas: Iterable[Formula]) -> Formula:
        """All of the formulas hold."""
        parts: dict[Formula, None] = {}
        for part in formulas:
            if part == FALSE or -part in parts:
                return FALSE
            if part != TRUE:
                parts[part] = None
        self.fuel.spend_of_all(len(parts) + 2)
        if not parts:
            return TRUE
        return next(iter(parts)) if len(parts) == 1 else self._intern(tuple(parts))

    def disjunction(self, formulas: Iterable[Formula]) -> Formula:
        """At least one of the formulas holds."""
        return -self.conjunction(-part for part in formulas)

    def atoms(self) -> list[Atom]:
        """All atoms."""
        return [node for node in self.nodes if isinstance(node, Atom)]

    def _intern(self, node: Atom | tuple[Formula, ...]) -> Formula:
        number = self._known.get(node)
        if number is None:
            number = self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return number
