"""The classes that no box names, by which most boxes are ruled out without a look at them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ccproxy.analysis.space.cover import Cover
from ccproxy.analysis.space.kept import Kept
from ccproxy.analysis.space.solver import Box, Domain
from ccproxy.analysis.space.variables import Space

_BINARY = 0b11
"""The classes of a variable that stands for one pattern."""


class Unnamed:
    """Of the variables that rules restrict, those with a class that neither a rule nor a forbidden box has.

    In such a class a request is outside of all boxes that restrict the variable. The variables of one text's patterns, or of one list's
    questions, form a group: there may be thousands, and a question is about few of them.
    """

    def __init__(self, space: Space, covers: Sequence[Cover]) -> None:
        self.forbidden = space.forbidden
        self._space = space
        self._covers = covers
        self._build()

    def leave(self, domain: Domain, asked: Iterable[Box], live: dict[Cover, int]) -> list[int]:
        """Narrow the groups to unnamed classes, where live boxes reach them, and take those boxes out of `live`.

        Returns the variables to look at one by one: those without unnamed classes, and those of the boxes that are asked about.
        """
        self._update()
        mine = self._by_group(dict.fromkeys([variable for box in asked for variable, _ in box]))
        for group in self._groups:
            covers = live if group.is_large else self._covers
            if any(live.get(cover, 0) & group.boxes[cover] for cover in covers):
                inside = mine.get(group, [])
                for cover, boxes in live.items():
                    live[cover] = boxes & ~group.ruled_out(cover, inside, boxes)
                group.narrow(domain, inside)
        return [*self._others, *[variable for inside in mine.values() for variable in inside]]

    def containing(self, cover: Cover, kept: Kept, boxes: int) -> int:
        """Those of the boxes of a cover that contain the point of a domain that has the lowest class of each variable."""
        self._update()
        kept = kept.by(self.classes)
        mine = self._by_group(kept.apart)
        for group in self._groups:
            if not boxes:
                return 0
            boxes &= ~group.ruled_out(cover, mine.get(group, []), boxes)
        for variable in (*self._others, *[variable for inside in mine.values() for variable in inside]):
            axis = cover.axes.get(variable)
            if axis is not None and boxes & axis.boxes:
                self._space.fuel.spend_of_all(cover.steps(1))
                boxes &= ~(axis.boxes & ~axis.meeting(kept[variable] & -kept[variable] if variable < len(kept) else 1))
        return boxes

    def _by_group(self, variables: Iterable[int]) -> dict[_Group, list[int]]:
        found: dict[_Group, list[int]] = {}
        for variable in variables:
            group = self._group_of.get(variable)
            if group is not None:
                found.setdefault(group, []).append(variable)
        return found

    # ── Building ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _build(self) -> None:
        space = self._space
        restricted = dict.fromkeys(variable for cover in self._covers for variable in cover.axes)
        space.fuel.spend_of_all(len(restricted) * self.forbidden.steps(1))
        unnamed = {variable: rest for variable in restricted if (rest := self._unnamed(variable))}
        self._others = [variable for variable in restricted if variable not in unnamed]
        self._known = self.forbidden.size
        classes = [0] * len(space.fulls)
        for variable, rest in unnamed.items():
            classes[variable] = rest
        self.classes: Sequence[int] = classes
        """The unnamed classes of each variable, 0 for one that has none."""
        self._groups: list[_Group] = []
        self._group_of: dict[int, _Group] = {}
        for block in (*space.blocks, *[range(variable, variable + 1) for variable in unnamed]):
            members = {variable: unnamed[variable] for variable in block if variable in unnamed and variable not in self._group_of}
            if members:
                group = _Group(block, members, (*self._covers, self.forbidden))
                self._groups.append(group)
                self._group_of |= dict.fromkeys(members, group)

    def _unnamed(self, variable: int) -> int:
        """The unnamed classes of a variable; 0 for one with more than two that forbidden boxes restrict: few of these apply at a time."""
        full = self._space.fulls[variable]
        if full != _BINARY and variable in self.forbidden.axes:
            return 0
        named = 0
        for cover in (*self._covers, self.forbidden):
            if variable in cover.axes:
                named |= cover.axes[variable].named
        return full & ~named

    def _update(self) -> None:
        """Take in the boxes that were forbidden since."""
        while self._known < self.forbidden.size:
            box = self.forbidden.coverings[self._known].box
            if any(self._is_lost(variable, mask) for variable, mask in box):
                self._build()
                return
            bit = 1 << self._known
            for group, inside in self._by_group(variable for variable, _ in box).items():
                group.add(self.forbidden, bit, len(inside))
            self._known += 1

    def _is_lost(self, variable: int, mask: int) -> bool:
        """Whether a variable has no unnamed classes to go by any more, once a forbidden box has this mask of it."""
        return variable in self._group_of and (self._space.fulls[variable] != _BINARY or bool(self.classes[variable] & mask))


class _Group:
    """Variables with unnamed classes, and which boxes restrict any of them, or just one."""

    def __init__(self, block: range, members: Mapping[int, int], covers: Sequence[Cover]) -> None:
        self._block = block
        self._members = members
        self._unnamed = [members.get(variable, 0) for variable in block]
        self._outsiders = [variable for variable in block if variable not in members]
        self.is_large = len(block) > 1
        self.boxes: dict[Cover, int] = {}
        self._once: dict[Cover, int] = {}
        for cover in covers:
            boxes = twice = 0
            for variable in members:
                if variable in cover.axes:
                    restricting = cover.axes[variable].boxes
                    twice |= boxes & restricting
                    boxes |= restricting
            self.boxes[cover], self._once[cover] = boxes, boxes & ~twice

    def add(self, cover: Cover, bit: int, restricted: int) -> None:
        """Add a box that restricts so many of the variables."""
        self.boxes[cover] |= bit
        if restricted == 1:
            self._once[cover] |= bit

    def ruled_out(self, cover: Cover, own: Collection[int], live: int) -> int:
        """The boxes that the unnamed classes of all variables but the question's own rule out."""
        if not own:
            return self.boxes[cover]
        mine = 0
        for variable in own:
            if variable in cover.axes:
                mine |= cover.axes[variable].boxes
        kept = self._once[cover] & mine
        several = mine & live & ~kept
        while several:
            low = several & -several
            box = cover.coverings[low.bit_length() - 1].box
            if all(variable in own or variable not in self._members for variable, _ in box):
                kept |= low
            several ^= low
        return self.boxes[cover] & ~kept

    def narrow(self, domain: Domain, own: Iterable[int]) -> None:
        """Narrow all variables but the question's own to their unnamed classes."""
        start, stop = self._block.start, self._block.stop
        before = [(variable, domain[variable]) for variable in (*self._outsiders, *own)]
        domain[start:stop] = self._unnamed
        for variable, mask in before:
            domain[variable] = mask
