"""Parts of a condition that are decided already: by the rest of it, or by the rules before."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from ccproxy import syntax
from ccproxy.analysis.formula import Formula, Formulas
from ccproxy.analysis.model import Answer, Impossible, Undecided


@dataclass(frozen=True, slots=True)
class Decided:
    """An operand of `and` that is always true where it matters, or one of `or` that never is.

    `because` are the rules that have to do with it; without any the rest of the condition decides it alone.
    """

    parent: syntax.And | syntax.Or
    part: syntax.Expression
    value: bool
    because: frozenset[int]


class Parts:
    """Looks through one condition. `condition` translates, `possible` answers if a formula can hold where the condition is asked."""

    def __init__(
        self, formulas: Formulas, condition: Callable[[syntax.Expression], Formula], possible: Callable[[Formula], Answer]
    ) -> None:
        self._formulas = formulas
        self._condition = condition
        self._possible = possible
        self.undecided: Undecided | None = None

    def decided(self, condition: syntax.Expression) -> Iterator[Decided]:
        """The decided parts: leaving all of them out changes nothing. Of parts that decide each other, the later ones."""
        stack: list[tuple[syntax.Expression, tuple[Formula, ...]]] = [(condition, ())]
        while stack:
            expression, context = stack.pop()
            match expression:
                case syntax.Group() | syntax.Not():
                    stack.append((expression.operand, context))
                case syntax.And() | syntax.Or():
                    kept = yield from self._operands(expression, context)
                    for operand in kept:
                        stack.append((operand, self._around(expression, [other for other in kept if other is not operand], context)))

    def _operands(self, parent: syntax.And | syntax.Or, context: tuple[Formula, ...]) -> Generator[Decided, None, list[syntax.Expression]]:
        kept = list(parent.operands)
        for operand in reversed(parent.operands):
            if len(kept) == 1:
                break
            rest = [other for other in kept if other is not operand]
            formula = self._condition(operand)
            other_way = -formula if isinstance(parent, syntax.And) else formula
            answer = self._possible(self._formulas.conjunction((*self._around(parent, rest, context), other_way)))
            if isinstance(answer, Undecided):
                self.undecided = answer
            if isinstance(answer, Impossible):
                kept = rest
                yield Decided(parent, operand, isinstance(parent, syntax.And), answer.because)
        return kept

    def _around(
        self, parent: syntax.And | syntax.Or, others: Sequence[syntax.Expression], context: tuple[Formula, ...]
    ) -> tuple[Formula, ...]:
        """Where an operand matters: where the others leave it to it."""
        formulas = [self._condition(other) for other in others]
        return (*context, *(formulas if isinstance(parent, syntax.And) else [-formula for formula in formulas]))
