"""Turns formulas into boxes: a formula holds inside them and nowhere else.

A formula that would need too many boxes gets a variable of its own, tied to its meaning by forbidden boxes; so no
formula has more than `MAX_BOXES`, and the total is linear in the length of the formula.
"""

from __future__ import annotations

from ccproxy.analysis.formulas.atoms import Atom
from ccproxy.analysis.formulas.formula import FALSE, TRUE, Formula, Formulas
from ccproxy.analysis.space.solver import Box, intersect
from ccproxy.analysis.space.variables import Literal, Space

MAX_BOXES = 48
_MAX_JOINED = 8
"""Boxes over more variables than this are rarely worth joining."""

_ITEM = 8
"""Bytes of a variable in a box, about: boxes share what they have in common."""

_FALSE, _TRUE = 1, 2


class Boxes:
    """The boxes of formulas over the atoms of one space."""

    def __init__(self, formulas: Formulas, space: Space) -> None:
        self._formulas = formulas
        self._space = space
        self._known: dict[Formula, tuple[Box, ...]] = {TRUE: ((),), FALSE: ()}
        self._defined: dict[Formula, Literal] = {}

    def of(self, formula: Formula) -> tuple[Box, ...]:
        """The boxes of the formula."""
        stack = [formula]
        while stack:
            top = stack[-1]
            if top in self._known:
                stack.pop()
                continue
            node = self._formulas.nodes[abs(top)]
            children = [child if top > 0 else -child for child in node] if isinstance(node, tuple) else []
            waiting = [child for child in children if child not in self._known]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if isinstance(node, Atom):
                literal = self._space.literals[node]
                self._known[top] = _box_of(self._space, literal if top > 0 else self._space.negated(literal))
            else:
                self._known[top] = self._all(children) if top > 0 else self._any(children)
        return self._known[formula]

    def _all(self, children: list[Formula]) -> tuple[Box, ...]:
        """The boxes in which all children hold."""
        result: tuple[Box, ...] = ((),)
        for child in sorted(children, key=lambda child: len(self._known[child])):
            boxes = self._known[child]
            if len(result) * len(boxes) > MAX_BOXES:
                boxes = _box_of(self._space, self._literal(child))
            self._space.fuel.spend_of_all(len(result) * len(boxes) * (2 + max(map(len, result), default=0)))
            common = [intersect(one, two) for one in result for two in boxes]
            result = self._merged([box for box in common if box is not None])
        self._space.fuel.keep(sum(map(len, result)) * _ITEM)
        return result

    def _any(self, children: list[Formula]) -> tuple[Box, ...]:
        """The boxes in which any of the children holds."""
        result = self._merged([box for child in children for box in self._known[child]])
        if len(result) <= MAX_BOXES:
            return result
        return _box_of(self._space, self._define_any(children))

    def _merged(self, boxes: list[Box]) -> tuple[Box, ...]:
        """The boxes with those joined that differ in one variable, and without those inside another."""
        if len(boxes) < 2:
            return tuple(boxes)
        self._space.fuel.spend_of_all(2 * sum(map(len, boxes)))
        masks: dict[int, int] = {}
        rest: dict[Box, None] = {}
        for box in boxes:
            if not box:
                return ((),)
            if len(box) == 1:
                masks[box[0][0]] = masks.get(box[0][0], 0) | box[0][1]
            else:
                rest[box] = None
        for variable, mask in masks.items():
            if mask == self._space.fulls[variable]:
                return ((),)
        single = [((variable, mask),) for variable, mask in masks.items()]
        wide = [box for box in rest if not any(mask & ~masks.get(variable, 0) == 0 for variable, mask in box)]
        return (*single, *self._joined(wide))

    def _joined(self, boxes: list[Box]) -> list[Box]:
        """Join boxes over the same variables that differ in only one of them."""
        longest = max((len(box) for box in boxes), default=0)
        for place in range(longest if longest <= _MAX_JOINED else 0):
            groups: dict[tuple[Box, int, Box], int] = {}
            short: list[Box] = []
            for box in boxes:
                if place >= len(box):
                    short.append(box)
                    continue
                key = box[:place], box[place][0], box[place + 1 :]
                groups[key] = groups.get(key, 0) | box[place][1]
            boxes = short
            for (before, variable, after), mask in groups.items():
                whole = mask == self._space.fulls[variable]
                boxes.append((*before, *after) if whole else (*before, (variable, mask), *after))
        return list(dict.fromkeys(boxes))

    # ── Variables that stand for formulas ────────────────────────────────────────────────────────────────────────────

    def _literal(self, formula: Formula) -> Literal:
        """A literal that holds exactly where the formula does."""
        boxes = self._known[formula]
        if len(boxes) == 1 and len(boxes[0]) == 1:
            return boxes[0][0]
        if -formula in self._defined:
            return self._space.negated(self._defined[-formula])
        if formula not in self._defined:
            variable = self._new_variable()
            self._defined[formula] = variable, _TRUE
            for box in boxes:
                self._space.forbid((variable, _FALSE), *box)
            self._forbid_outside(variable, boxes)
        return self._defined[formula]

    def _define_any(self, children: list[Formula]) -> Literal:
        """Define a variable that is true exactly where one of the children holds."""
        variable = self._new_variable()
        outside: list[Literal] = []
        for child in children:
            for box in self._known[child]:
                self._space.forbid((variable, _FALSE), *box)
                outside.append(self._space.negated(box[0] if len(box) == 1 else self._box_literal(box)))
        self._space.forbid((variable, _TRUE), *outside)
        return variable, _TRUE

    def _forbid_outside(self, variable: int, boxes: tuple[Box, ...]) -> None:
        """Let the variable be true only inside these boxes."""
        literals = [box[0] if len(box) == 1 else self._box_literal(box) for box in boxes]
        self._space.forbid((variable, _TRUE), *(self._space.negated(literal) for literal in literals))

    def _box_literal(self, box: Box) -> Literal:
        """A variable that is true exactly inside the box."""
        variable = self._new_variable()
        self._space.forbid((variable, _FALSE), *box)
        for literal in box:
            self._space.forbid((variable, _TRUE), self._space.negated(literal))
        return variable, _TRUE

    def _new_variable(self) -> int:
        variable = self._space.variable(2)
        self._space.defined.add(variable)
        return variable


def _box_of(space: Space, literal: Literal) -> tuple[Box, ...]:
    variable, mask = literal
    if not mask:
        return ()
    return ((),) if mask == space.fulls[variable] else ((literal,),)
