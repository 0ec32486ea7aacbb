"""Requests that a split sends to another of its branches: the same but for the text that it goes by."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ccproxy.analysis.formulas.atoms import Kind, Source, Subject
from ccproxy.analysis.space.model import Model, Possible
from ccproxy.analysis.witness.candidates import attempts
from ccproxy.analysis.witness.realization import Envelope

_MAX_VALUES = 20_000
"""Values that are looked at: enough for a share of a thousandth."""
_MAX_OTHERS = 20
"""Values that are looked for where the rules leave only some."""
_MAX_SHOWN = 4
"""Values that requests are made of."""


def with_other_texts(model: Model, answer: Possible, source: Source, wanted: Callable[[str], bool]) -> Iterator[Envelope]:
    """Requests like the answer's in which the text is another that is wanted. Some of them may not be what was asked for."""
    subject = Subject(Kind.TEXT, source)
    texts = (text for text in _texts(model, answer, source) if wanted(text))
    for _, text in zip(range(_MAX_SHOWN), texts, strict=False):
        yield from attempts({**answer.choices, subject: text}, strict=True, exact=False)


def _texts(model: Model, answer: Possible, source: Source) -> Iterator[str]:
    part = model.texts.get(source)
    domain = [*answer.domain, *model.space.fulls[len(answer.domain) :]]
    name = source.name.rpartition(".")[2]
    guesses = (f"{name}-{number}" for number in range(1, _MAX_VALUES))
    if part is None or part.accepts(domain, next(guesses)):
        yield from guesses
        return
    taken: list[str] = []
    while len(taken) < _MAX_OTHERS:
        text = part.value_in(domain, taken)
        if text is None:
            return
        taken.append(text)
        yield text
