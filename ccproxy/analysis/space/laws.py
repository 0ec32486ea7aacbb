"""What holds between facts by their definitions, beside the sums of `numbers`."""

from __future__ import annotations

from ccproxy.analysis.formulas.atoms import Among, Atom, Compare, IsTrue, Present, Source, Subject, Test
from ccproxy.analysis.formulas.formula import FALSE, Formula, Formulas
from ccproxy.analysis.space.variables import fact_of, subject_of
from ccproxy.facts.definitions import FACTS
from ccproxy.facts.readers import FUNCTION_BY_NAME

_THINKING, _THINKING_TYPE, _PROMPT = map(subject_of, ("thinking", "thinking.type", "prompt"))
_COUNTS = tuple(map(subject_of, ("messages", "turns")))
_NEEDS = tuple((subject_of(fact.name), subject_of(needed)) for fact in FACTS for needed in fact.needs)
_IN_EVERY_BODY = tuple(subject_of(fact.name) for fact in FACTS if fact.in_every_body)
_THINKS = Among(frozenset(["enabled", "adaptive"]))


def impossible_formulas(formulas: Formulas) -> list[Formula]:
    """Formulas that hold for no request, about subjects that the formulas ask about already."""
    asked = {atom.subject for atom in formulas.atoms()}

    def atom(subject: Subject, test: Test) -> Formula:
        return formulas.atom(Atom(subject, test)) if subject in asked else FALSE

    def there(subject: Subject) -> Formula:
        return atom(subject, Present())

    result = [formulas.conjunction((there(one), -there(other))) for one, other in _NEEDS if {one, other} <= asked]
    if _THINKING in asked:
        thinks = atom(_THINKING_TYPE, _THINKS)
        result += [
            formulas.conjunction((thinks, there(_THINKING), -atom(_THINKING, IsTrue()))),
            formulas.conjunction((there(_THINKING_TYPE), -thinks, atom(_THINKING, IsTrue()))),
        ]
    # calls, images and documents may also be items of Responses, which are no messages
    result += [formulas.conjunction((there(_PROMPT), atom(subject, Compare("<", 1)))) for subject in _COUNTS]
    in_every_body = [subject for subject in _IN_EVERY_BODY if subject in asked]
    if in_every_body:  # only a body that is no object is without them
        body = [subject for subject in asked if isinstance(subject.of, Source) and _is_of_the_body(subject.of)]
        result += [formulas.conjunction((there(subject), -there(one))) for subject in body for one in in_every_body if subject != one]
    return [formula for formula in result if formula != FALSE]


def _is_of_the_body(source: Source) -> bool:
    fact = fact_of(source)
    return FUNCTION_BY_NAME[source.reader].of_the_body if fact is None else fact.is_of_the_body
