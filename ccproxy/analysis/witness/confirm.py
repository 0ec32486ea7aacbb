"""Confirms what the space says is possible by a request that replays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ccproxy.analysis.formulas.formula import Formula
from ccproxy.analysis.space.cover import First
from ccproxy.analysis.space.model import Answer, Impossible, Model, Possible, Undecided
from ccproxy.analysis.space.solver import Covering
from ccproxy.analysis.space.variables import Preference
from ccproxy.analysis.witness.candidates import attempts
from ccproxy.analysis.witness.realization import Envelope

_MAX_TRIES = 4
_MAKING = 12
"""Steps charged for each value that a request is made of."""
_REFUSED = -1
"""Stands in a proof for what was tried and did not replay: such a proof proves nothing."""


def confirmed(
    model: Model,
    formula: Formula,
    outside: Sequence[First],
    accepts: Callable[[Envelope], bool],
    *,
    strict: bool,
    preference: Preference | None = None,
    variants: Callable[[Envelope], Iterable[Envelope]] = lambda envelope: (envelope,),
    refused: Iterable[Covering] = (),
) -> tuple[Answer, Envelope | None]:
    """Can the formula hold outside these rules? `Possible` comes with a request that `accepts` took.

    With `strict` the request has its facts by its own fields (token counts aside). `variants` are more requests to try for each.
    `refused` are boxes to stay out of.
    """
    odd = _without_object(model)
    refused = list(refused)
    for _ in range(_MAX_TRIES):
        answer = model.ask(formula, outside, preference, [*odd, *refused])
        if odd and isinstance(answer, Impossible) and _REFUSED in answer.because:
            odd = []
            answer = model.ask(formula, outside, preference, refused)
        if isinstance(answer, Impossible) and _REFUSED in answer.because:
            break
        if not isinstance(answer, Possible):
            return answer, None
        model.fuel.spend_of_all(_MAKING * len(answer.choices))
        for envelope in attempts(answer.choices, strict, not strict or preference is not None):
            accepted = next(filter(accepts, variants(envelope)), None)
            if accepted is not None:
                return answer, accepted
        box = tuple((variable, mask) for variable, mask in enumerate(answer.domain) if mask != model.space.fulls[variable])
        refused.append(Covering(box, frozenset([_REFUSED])))
    return Undecided("no request was found that shows it"), None


def _without_object(model: Model) -> list[Covering]:
    """The requests whose body is no object: they are shown only where no others do."""
    return [Covering((model.space.negated(there),), frozenset([_REFUSED])) for there in model.in_every_body]
