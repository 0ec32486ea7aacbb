"""Relations between facts that follow from their definitions, apart from the sums in `numbers`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ccproxy.analysis.formulas.atoms import (
    Among,
    Atom,
    Combination,
    Compare,
    Count,
    IsTrue,
    Kind,
    Present,
    Product,
    Source,
    Subject,
    Test,
)
from ccproxy.analysis.formulas.formula import FALSE, Formula, Formulas
from ccproxy.analysis.space.variables import fact_of, function_of, subject_of
from ccproxy.facts.definitions import FACTS
from ccproxy.facts.shapes import BY_ENDPOINT
from ccproxy.facts.shapes.conversation import MESSAGES_KEY
from ccproxy.facts.shapes.shape import Shape

_THINKING, _THINKING_TYPE, _PROMPT = map(subject_of, ("thinking", "thinking.type", "prompt"))
_COUNTS = tuple(map(subject_of, ("messages", "turns")))
_NEEDS = tuple((subject_of(fact.name), subject_of(needed)) for fact in FACTS for needed in fact.needs)
IN_EVERY_BODY = tuple(fact.name for fact in FACTS if fact.in_every_body)
"""What only a request lacks whose body is no object."""
_THINKS = Among(frozenset(["enabled", "adaptive"]))


_ENDPOINT, _EFFORT, _SYSTEM, _CALLED = map(subject_of, ("endpoint", "effort", "system", "tools.called"))
_MESSAGES, _TURNS = _COUNTS
_MEDIA = tuple(map(subject_of, ("images", "images.latest", "documents", "audio", "video")))
_NONE = Among(frozenset(["none"]))


def impossible_formulas(formulas: Formulas) -> list[Formula]:
    """Formulas that hold for no request, about what occurs in the formulas, facts in sums too; in the order in which these occur."""
    asked = dict.fromkeys(one for atom in formulas.atoms() for one in (atom.subject, *_facts_in(atom.subject)))

    def atom(subject: Subject, test: Test) -> Formula:
        return formulas.atom(Atom(subject, test)) if subject in asked else FALSE

    def there(subject: Subject) -> Formula:
        return atom(subject, Present())

    result = [formulas.conjunction((there(one), -there(other))) for one, other in _NEEDS if {one, other} <= asked.keys()]
    if _THINKING in asked:
        thinks = atom(_THINKING_TYPE, _THINKS)
        result += [
            formulas.conjunction((thinks, there(_THINKING), -atom(_THINKING, IsTrue()))),
            formulas.conjunction((there(_THINKING_TYPE), -thinks, atom(_THINKING, IsTrue()))),
        ]
    # calls, images and documents may also be items of Responses, which are not messages
    result += [formulas.conjunction((there(_PROMPT), atom(subject, Compare("<", 1)))) for subject in _COUNTS]
    # without any items there are none either, and no number of messages
    some = [formulas.conjunction((there(one), -atom(one, Compare("<", 1)))) for one in _MEDIA]
    result += [formulas.conjunction((held, -there(count))) for held in (there(_CALLED), *some) for count in _COUNTS if count in asked]
    in_every_body = [subject for name in IN_EVERY_BODY if (subject := subject_of(name)) in asked]
    if in_every_body:  # only a body that is not an object lacks them
        body = [subject for subject in asked if isinstance(subject.of, Source) and _is_of_the_body(subject.of)]
        result += [formulas.conjunction((there(subject), -there(one))) for subject in body for one in in_every_body if subject != one]
    result += _of_other_apis(formulas)
    return [formula for formula in result if formula != FALSE]


def _of_other_apis(formulas: Formulas) -> list[Formula]:
    """What no request to an endpoint has, because its API knows nothing of it: asked of wherever an endpoint is."""
    asked = dict.fromkeys(subject for atom in formulas.atoms() for subject in _facts_in(atom.subject))
    if _ENDPOINT not in asked:
        return []

    def atom(subject: Subject, test: Test) -> Formula:
        return formulas.atom(Atom(subject, test)) if subject in asked else FALSE

    def there(subject: Subject) -> Formula:
        return atom(subject, Present())

    def without(subject: Subject) -> Formula:
        return -there(subject) if subject in asked else FALSE

    def some(subject: Subject) -> Formula:
        return formulas.conjunction((there(subject), -atom(subject, Compare("<", 1))))

    def at(fits: Callable[[Shape], object]) -> Formula:
        endpoints = frozenset(endpoint for endpoint, shape in BY_ENDPOINT.items() if endpoint is not None and fits(shape))
        return atom(_ENDPOINT, Among(endpoints)) if endpoints else FALSE

    def lacks(name: str) -> Callable[[Shape], bool]:
        return lambda shape: not shape.has(name)

    lacked = [(one, at(lacks(one.of.name))) for one in asked if isinstance(one.of, Source)]
    found: list[tuple[Formula, ...]] = [(there(one), elsewhere) for one, elsewhere in lacked if elsewhere != FALSE]
    found += [(some(one), at(lambda shape: not shape.conversations)) for one in _MEDIA]
    # an effort has the model think, where nothing but it says how hard
    says_both = at(lambda shape: shape.has("effort") and not shape.item_efforts)
    found.append((there(_EFFORT), without(_THINKING), says_both))
    found.append((atom(_THINKING, IsTrue()), without(_THINKING_TYPE), atom(_EFFORT, _NONE), says_both))
    says_alone = at(lambda shape: shape.has("thinking") and not (shape.thinking_type.places or shape.thinking_budget.places))
    found.append((there(_THINKING), without(_EFFORT), says_alone))
    found.append((atom(_THINKING, IsTrue()), atom(_EFFORT, _NONE), says_alone))
    found.append((there(_THINKING), -atom(_THINKING, IsTrue()), there(_EFFORT), -atom(_EFFORT, _NONE), says_alone))
    # what is said is a message, where it can be nothing else
    found += [(there(_PROMPT), without(count), at(lambda shape: not shape.text.places)) for count in _COUNTS]
    every_item = at(lambda shape: MESSAGES_KEY in shape.conversations)
    no_messages = atom(_MESSAGES, Compare("<", 1))
    found += [(there(_CALLED), no_messages, every_item), *[(some(one), no_messages, every_item) for one in _MEDIA]]
    in_messages = at(lambda shape: shape.conversations and not shape.system_prompt.places)
    one_message = atom(_MESSAGES, Compare("<", 2))
    found += [(there(_SYSTEM), without(_MESSAGES), in_messages), (there(_SYSTEM), no_messages, in_messages)]
    found += [(there(_SYSTEM), other, one_message, in_messages) for other in (there(_PROMPT), some(_TURNS), there(_CALLED))]
    return [formulas.conjunction(parts) for parts in found]


def _facts_in(subject: Subject) -> Iterator[Subject]:
    """The facts that a subject is made of."""
    match subject.of:
        case Source(reader="fact", name=name):
            yield subject_of(name)
        case Count(source=source):
            yield from _facts_in(Subject(Kind.LIST, source))
        case Product(factors=factors):
            for factor in factors:
                yield from _facts_in(Subject(Kind.NUMBER, factor))
        case Combination(terms=terms):
            for term, _ in terms:
                yield from _facts_in(Subject(Kind.NUMBER, term))


def _is_of_the_body(source: Source) -> bool:
    if source.reader == "cache":
        return False  # never missing, so not even from a body that is no object
    fact = fact_of(source)
    return function_of(source).of_the_body if fact is None else fact.is_of_the_body
