"""Finds parts of a condition that are already decided, by the rest of it or by earlier rules."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence

from ccproxy.analysis.formulas.formula import TRUE, Formula, Formulas
from ccproxy.analysis.space.model import Answer, Impossible, Undecided
from ccproxy.frozen import frozen
from ccproxy.language import syntax


@frozen
class Decided:
    """An operand of `and` that is always true where it matters, or one of `or` that never is.

    `because` are the rules that contribute to this; without any, the rest of the condition decides it alone.
    """

    parent: syntax.And | syntax.Or
    part: syntax.Expression
    value: bool
    because: frozenset[int]


class Parts:
    """Looks through one condition. `condition` translates; `possible` tells if a formula can hold where the condition is evaluated."""

    def __init__(
        self, formulas: Formulas, condition: Callable[[syntax.Expression], Formula], possible: Callable[[Formula], Answer]
    ) -> None:
        self._formulas = formulas
        self._condition = condition
        self._possible = possible
        self.undecided: Undecided | None = None

    def decided(self, condition: syntax.Expression) -> Iterator[Decided]:
        """The decided parts: removing all of them changes nothing. Of parts that decide each other, the later ones.

        It ends at the first undecided question, which is in `undecided`.
        """
        yield from self._reduced(condition, TRUE)

    def _reduced(self, expression: syntax.Expression, context: Formula) -> Generator[Decided, None, Formula]:
        """Yields the decided parts of an expression evaluated in this context; returns what is left without them."""
        match expression:
            case syntax.Group():
                return (yield from self._reduced(expression.operand, context))
            case syntax.Not():
                return -(yield from self._reduced(expression.operand, context))
            case syntax.And() | syntax.Or():
                sign = 1 if isinstance(expression, syntax.And) else -1
                kept = yield from self._operands(expression, context)
                before = self._leading(expression, kept, context)
                after = TRUE
                for operand, leading in zip(reversed(kept), reversed(before), strict=True):
                    if self.undecided is not None:
                        break
                    # later operands count without their removed parts: of two parts that decide each other, one has to stay
                    rest = yield from self._reduced(operand, self._formulas.conjunction((leading, after)))
                    after = self._formulas.conjunction((sign * rest, after))
                return sign * after
            case _:
                return self._condition(expression)

    def _operands(self, parent: syntax.And | syntax.Or, context: Formula) -> Generator[Decided, None, list[syntax.Expression]]:
        """Yields the decided operands, last one first, and returns the others."""
        kept: list[syntax.Expression] = []
        after = TRUE
        before = self._leading(parent, parent.operands, context)
        for index in range(len(parent.operands) - 1, -1, -1):
            operand = parent.operands[index]
            leaving = self._leaving(parent, operand)
            if kept or index > 0:
                answer = self._possible(self._formulas.conjunction((before[index], after, -leaving)))
                if isinstance(answer, Undecided):
                    self.undecided = answer
                    return []
                if isinstance(answer, Impossible):
                    yield Decided(parent, operand, isinstance(parent, syntax.And), answer.because)
                    continue
            kept.append(operand)
            after = self._formulas.conjunction((after, leaving))
        return kept[::-1]

    def _leading(self, parent: syntax.And | syntax.Or, operands: Sequence[syntax.Expression], context: Formula) -> list[Formula]:
        """For each operand, the context in which the operands before it leave the decision to it and the rest."""
        leading = [context]
        for operand in operands:
            leading.append(self._formulas.conjunction((leading[-1], self._leaving(parent, operand))))
        return leading[:-1]

    def _leaving(self, parent: syntax.And | syntax.Or, operand: syntax.Expression) -> Formula:
        """The context in which an operand does not decide its parent."""
        formula = self._condition(operand)
        return formula if isinstance(parent, syntax.And) else -formula
