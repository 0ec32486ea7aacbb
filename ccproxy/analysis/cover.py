"""The boxes of many rules, in order: which of them come near a box."""

from __future__ import annotations

from collections.abc import Iterable

from ccproxy.analysis.solver import Box, Covering


class Cover:
    """Boxes of rules that were added in order; `number` of a rule is what a proof names it by."""

    def __init__(self) -> None:
        self._coverings: list[Covering] = []
        self._starts: list[int] = []
        self._masks: dict[int, dict[int, int]] = {}

    def add(self, boxes: Iterable[Box], number: int) -> None:
        """The next rule."""
        self._starts.append(len(self._coverings))
        by = frozenset([number])
        for box in boxes:
            bit = 1 << len(self._coverings)
            self._coverings.append(Covering(box, by))
            for variable, mask in box:
                masks = self._masks.setdefault(variable, {})
                masks[mask] = masks.get(mask, 0) | bit

    def before(self, rule: int, box: Box) -> list[Covering]:
        """The boxes of the first `rule` rules that have something in common with this one."""
        size = self._starts[rule] if rule < len(self._starts) else len(self._coverings)
        near = (1 << size) - 1
        for variable, wanted in box:
            for mask, bits in self._masks.get(variable, {}).items():
                if not mask & wanted:
                    near &= ~bits
        result = []
        while near:
            low = near & -near
            result.append(self._coverings[low.bit_length() - 1])
            near ^= low
        return result
