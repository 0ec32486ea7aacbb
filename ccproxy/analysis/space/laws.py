"""What holds between facts by their definitions, beside the sums of `numbers`."""

from __future__ import annotations

from ccproxy.analysis.formulas.atoms import Among, Atom, Compare, IsTrue, Kind, Present, Source, Subject, Test
from ccproxy.analysis.formulas.formula import FALSE, Formula, Formulas

_THINKING = Subject(Kind.BOOL, Source("fact", "thinking"))
_THINKING_TYPE = Subject(Kind.TEXT, Source("fact", "thinking.type"))
_MESSAGES = Subject(Kind.NUMBER, Source("fact", "messages"))
_TURNS = Subject(Kind.NUMBER, Source("fact", "turns"))
_USED, _SPEND, _BUDGET = (Subject(Kind.NUMBER, Source("fact", name)) for name in ("key.budget_used", "key.spend", "key.budget"))
_PROMPT = Subject(Kind.TEXT, Source("fact", "prompt"))
_MEDIA = tuple(Subject(Kind.NUMBER, Source("fact", name)) for name in ("images", "images.latest", "documents"))
_OF_THE_BODY = frozenset(
    (
        *("model", "stream", "max_tokens", "thinking", "thinking.type", "thinking.budget", "effort", "tools", "tools.types", "tool_choice"),
        *("messages", "turns", "tools.called", "prompt", "system", "images", "images.latest", "documents"),
        *("output.format", "mode", "speed", "user"),
    )
)
_THINKS = Among(frozenset(["enabled", "adaptive"]))


def impossible_formulas(formulas: Formulas) -> list[Formula]:
    """Formulas that hold for no request, about subjects that the formulas ask about already."""
    asked = {atom.subject for atom in formulas.atoms()}

    def atom(subject: Subject, test: Test) -> Formula:
        return formulas.atom(Atom(subject, test)) if subject in asked else FALSE

    def there(subject: Subject) -> Formula:
        return atom(subject, Present())

    tools, types = (Subject(Kind.LIST, Source("fact", name)) for name in ("tools", "tools.types"))
    budget = Subject(Kind.NUMBER, Source("fact", "thinking.budget"))
    result = []
    if {tools, types} <= asked:
        result += [formulas.conjunction((there(tools), -there(types))), formulas.conjunction((there(types), -there(tools)))]
    if {_MESSAGES, _TURNS} <= asked:
        result += [formulas.conjunction((there(_MESSAGES), -there(_TURNS))), formulas.conjunction((there(_TURNS), -there(_MESSAGES)))]
    if _THINKING in asked:
        result += [formulas.conjunction((there(subject), -there(_THINKING))) for subject in (_THINKING_TYPE, budget)]
        thinks = atom(_THINKING_TYPE, _THINKS)
        result += [
            formulas.conjunction((thinks, there(_THINKING), -atom(_THINKING, IsTrue()))),
            formulas.conjunction((there(_THINKING_TYPE), -thinks, atom(_THINKING, IsTrue()))),
        ]
    # calls, images and documents may also be items of Responses, which are no messages
    result += [formulas.conjunction((there(_PROMPT), atom(subject, Compare("<", 1)))) for subject in (_MESSAGES, _TURNS)]
    media = [subject for subject in _MEDIA if subject in asked]
    if media:  # only a body that is no object is without them
        body = [subject for subject in asked if isinstance(subject.of, Source) and _is_of_the_body(subject.of)]
        result += [formulas.conjunction((there(subject), -there(one))) for subject in body for one in media if subject != one]
    if _USED in asked:
        result += [formulas.conjunction((there(_USED), -there(subject))) for subject in (_SPEND, _BUDGET) if subject in asked]
    return [formula for formula in result if formula != FALSE]


def _is_of_the_body(source: Source) -> bool:
    return source.reader in ("body", "metadata") or source.name in _OF_THE_BODY
