"""Facts of a request of which not everything is known: reading what is unknown raises, and never gives "missing"."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from ccproxy.facts.counting.counter import TokenCounter
from ccproxy.facts.definitions import FACTS, TOKEN_COUNTS, fact_named
from ccproxy.facts.facts import ATTRIBUTES, Facts, observe, observe_request
from ccproxy.facts.lazy import Lazy
from ccproxy.facts.request import Request, fact_key, fact_value
from ccproxy.facts.schema import InBody, InHeader, InKey, InPath, Made
from ccproxy.facts.values import Json, Value
from ccproxy.language.literals import write_text
from ccproxy.language.syntax import Exact

_OF_THE_MOMENT = frozenset({"quota", "healthy"})
"""Functions of labels that no request tells."""
_CLOCK = frozenset(fact.name for fact in FACTS if fact.place is Made.CLOCK)
_OUTSIDE = (InHeader, InKey, InPath)
_FOLLOWING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"tools": ("tools.types", "tokens.tools", 'body("tools")'), "system": ("tokens.system", 'body("system")')}
)
"""What is unknown where a fact is, because both are read of the same part of the body."""


class UnknownFactError(Exception):
    """Raised by reading what is not known: a fact by its name, a reader by its canonical text (`header("x-team")`)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not known")
        self.name = name


class PartialFacts(Facts):
    """Facts of which some are unknown: those named in `unknown`; where it is None, all that are not set.

    `whole` says whether the body is known to its last part. `bounds` are what is known of token counts without their number.
    """

    unknown: frozenset[str] | None = frozenset()
    whole: bool = True
    bounds: Mapping[str, tuple[int | None, int | None]] = MappingProxyType({})

    def require(self, name: str) -> None:
        """UnknownFactError if a fact that is not set is unknown."""
        if (name in self.unknown) if self.unknown is not None else (name not in _CLOCK or self._at is None):
            raise UnknownFactError(name)

    def _require_reader(self, function: str, argument: str) -> None:
        if self.unknown is None or function in self.unknown or f"{function}({write_text(argument)})" in self.unknown:
            raise UnknownFactError(f"{function}({write_text(argument)})")

    def _require_path(self, parts: tuple[str, ...]) -> None:
        for length in range(len(parts), 0, -1):
            self._require_reader("body", ".".join(parts[:length]))

    def header(self, name: str) -> str | None:
        """A header; one that is given is known."""
        if name not in self.headers:
            self._require_reader("header", name)
        return super().header(name)

    def metadata(self, key: str) -> str | None:
        """A text of the body's `metadata`."""
        self._require_reader("metadata", key)
        return super().metadata(key)

    def at_path(self, parts: tuple[str, ...]) -> Json:
        """The JSON value at a path into the body."""
        self._require_path(parts)
        return super().at_path(parts)

    def body_number(self, parts: tuple[str, ...]) -> Exact | None:
        """The number at a path into the body."""
        self._require_path(parts)
        return super().body_number(parts)

    def body_text(self, parts: tuple[str, ...]) -> str | None:
        """The text at a path into the body."""
        self._require_path(parts)
        return super().body_text(parts)

    def body_bool(self, parts: tuple[str, ...]) -> bool | None:
        """The bool at a path into the body."""
        self._require_path(parts)
        return super().body_bool(parts)

    def body_list(self, parts: tuple[str, ...]) -> tuple[str, ...] | None:
        """The list of text at a path into the body."""
        self._require_path(parts)
        return super().body_list(parts)

    @property
    def request(self) -> Mapping[str, Json]:
        """The body; UnknownFactError where it is not whole."""
        if not self.whole:
            raise UnknownFactError("body")
        return super().request

    def of_label(self, key: str, compute: Callable[[], Value]) -> Value:
        """The value of a function of a label; what its prompt caching costs takes a whole body to tell."""
        if key not in self.labelled:
            self._require_of_label(key)
            if key.startswith("cost(") and not self.whole:
                raise UnknownFactError(key)
        return super().of_label(key, compute)

    def told_of_label(self, key: str, otherwise: Value) -> Value:
        """What was told of a label."""
        if key not in self.labelled:
            self._require_of_label(key)
        return super().told_of_label(key, otherwise)

    def _require_of_label(self, key: str) -> None:
        function = key.partition("(")[0]
        if (function in _OF_THE_MOMENT) if self.unknown is None else (key in self.unknown or function in self.unknown):
            raise UnknownFactError(key)

    def tokens_above(self, terms: tuple[tuple[str, Exact], ...], constant: Exact) -> bool:
        """Whether a sum of token facts is over 0: by what is known of each, exact or not."""
        values = self.__dict__
        if all(ATTRIBUTES[name] in values for name, _ in terms):
            total: Exact = constant + sum(factor * values[ATTRIBUTES[name]] for name, factor in terms)
            return total > 0
        wanting = next((name for name, _ in terms if self._is_uncounted(name)), None)
        return super().tokens_above(terms, constant) if wanting is None else self._above_by_bounds(terms, constant, wanting)

    def _is_uncounted(self, name: str) -> bool:
        if ATTRIBUTES[name] in self.__dict__:
            return False
        fact = fact_named(name)
        return self.unknown is None or name in self.unknown or any(map(self._is_uncounted, fact.parts if fact else ()))

    def _above_by_bounds(self, terms: tuple[tuple[str, Exact], ...], constant: Exact, wanting: str) -> bool:
        least: Exact | None = constant
        most: Exact | None = constant
        for name, factor in terms:
            low, high = self.bounds.get(name, (None, None)) if self._is_uncounted(name) else (self._tokens(name),) * 2
            if factor < 0:
                low, high = high, low
            least = None if least is None or low is None else least + factor * low
            most = None if most is None or high is None else most + factor * high
        if least is not None and least > 0:
            return True
        if most is not None and most <= 0:
            return False
        raise UnknownFactError(wanting)

    def _tokens(self, name: str) -> int:
        count: int = getattr(self, ATTRIBUTES[name])
        return count


class _Guarded(Lazy[Any]):
    """A fact that is computed only where it is known."""

    def __init__(self, name: str, known: Lazy[Any]) -> None:
        super().__init__(known.compute, known.source)
        self.attribute = known.attribute
        self._name = name
        self._known = known

    def __get__(self, facts: Any, owner: Any = None) -> Any:
        if facts is None:
            return self
        facts.require(self._name)
        return self._known.__get__(facts, owner)

    def source_in(self, facts: Any) -> str:
        return self._known.source_in(facts)


for _name, _attribute in ATTRIBUTES.items():
    setattr(PartialFacts, _attribute, _Guarded(_name, getattr(Facts, _attribute)))


def observe_partly(request: Request, unknown: Collection[str], *, zone: tzinfo, counter: TokenCounter | None = None) -> PartialFacts:
    """The facts of a request of which those named in `unknown` can't be told, unless the request sets them outright.

    Names are those of facts; canonical texts of readers, `body("a")` for all that is below `a`, too; and names of readers (`header`,
    `body`, `quota`) for every use: but headers that the request has are known.
    """
    facts = PartialFacts()
    facts.__dict__.update(observe_request(request, zone=zone, counter=counter).__dict__)
    facts.unknown = _closed(frozenset(unknown))
    facts.whole = all(map(_is_outside, facts.unknown))
    return facts


def known_facts(
    known: Mapping[str, Any], asked: Collection[str], *, at: datetime | None, zone: tzinfo, counter: TokenCounter | None = None
) -> PartialFacts:
    """Facts by name as JSON has them, all others unknown; of them, only those that are `asked` are read. A value of None is missing.

    A token count may be an object with `at_least`, `at_most` or both, as in decision records. `at` tells the time and the weekday.
    EnvelopeError for a value that is none of its fact.
    """
    facts = PartialFacts()
    facts.__dict__.update(observe({}, at=at, zone=zone, counter=counter).__dict__)
    facts.unknown, facts.whole = None, False
    if "(" in "".join(known):
        known = {fact_key(name) if "(" in name else name: value for name, value in known.items()}
    values: dict[str, Value] = {}
    bounds: dict[str, tuple[int | None, int | None]] = {}
    for name in asked:
        if name in known:
            value = known[name]
            if name in TOKEN_COUNTS and isinstance(value, Mapping):
                bounds[name] = (value.get("at_least"), value.get("at_most"))
            else:
                values[name] = fact_value(name, value)
    facts.override(values)
    facts.bounds = bounds
    return facts


@lru_cache(maxsize=64)
def _closed(unknown: frozenset[str]) -> frozenset[str]:
    """These, and what is unknown with them."""
    found = {fact_key(name) if "(" in name else name for name in unknown}
    for name in tuple(found):
        found.update(_FOLLOWING.get(name, ()))
        fact = fact_named(name)
        if fact is not None and isinstance(fact.place, InBody):
            found.add(f"body({write_text(str(fact.place.path[0]))})")
    return frozenset(found | {"metadata"} if "body" in found else found)


def _is_outside(name: str) -> bool:
    """Whether a fact or a reader has nothing to do with the body."""
    fact = fact_named(name)
    if fact is None:
        return name.partition("(")[0] in {"header", *_OF_THE_MOMENT}
    return isinstance(fact.place, _OUTSIDE) or fact.place in (Made.CLOCK, Made.BUDGET, Made.MEMORY)
