"""The shape of a request: where the body of one API has what facts are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from fractions import Fraction
from itertools import islice
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from ccproxy.facts.values import Json
from ccproxy.frozen import frozen

V = TypeVar("V")
Body = Mapping[str, Json]
Item = dict[str, Json]


@frozen
class Place(Generic[V]):
    """A place in the body, `a.b.c` through objects.

    `take` is the JSON type of its value, or makes one of what stands there: None where that is none.
    """

    path: str
    take: type[V] | Callable[[Json], V | None]
    within: str = ""
    """Where in it `take` looks, for people: `.0.name`."""

    @property
    def key(self) -> str:
        """The key of the body that it is under."""
        return self.path.partition(".")[0]

    @property
    def source(self) -> str:
        """The place as `ccproxy facts` tells it."""
        return f"body `{self.path}{self.within}`"

    def reader(self) -> Callable[[Body], V | None]:
        """The function from a body to the value."""
        key, *inner = self.path.split(".")
        return _typed(key, inner, self.take) if isinstance(self.take, type) else _taken(key, inner, self.take)


def _typed(key: str, inner: list[str], kind: type[V]) -> Callable[[Body], V | None]:
    def read(body: Body) -> V | None:
        value = body.get(key)
        for name in inner:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, kind) else None

    return read


def _taken(key: str, inner: list[str], take: Callable[[Json], V | None]) -> Callable[[Body], V | None]:
    def read(body: Body) -> V | None:
        value = body.get(key)
        for name in inner:
            value = value.get(name) if isinstance(value, dict) else None
        return None if value is None else take(value)

    return read


class Places(Generic[V]):
    """Places in the body for one thing: the first with a value of the right type counts. `first` is that value."""

    __slots__ = ("_told", "first", "places")

    def __init__(self, *places: Place[V]) -> None:
        self.places = places
        self._told = tuple((place.reader(), place.source) for place in places)
        readers = tuple(reader for reader, _ in self._told)

        def first(body: Body) -> V | None:
            for read in readers:
                value = read(body)
                if value is not None:
                    return value
            return None

        self.first: Callable[[Body], V | None] = readers[0] if len(readers) == 1 else first

    def located(self, body: Body) -> tuple[V | None, str]:
        """The value, and where it stands; None and nothing without one."""
        for read, source in self._told:
            value = read(body)
            if value is not None:
                return value, source
        return None, ""


class Joined(Places[V]):
    """Places in the body whose arrays together are one thing; missing only where none is there."""

    __slots__ = ()

    def __init__(self, *places: Place[V]) -> None:
        super().__init__(*places)
        self.first = lambda body: self.located(body)[0]

    def located(self, body: Body) -> tuple[V | None, str]:
        """The arrays in one, and where they stand."""
        found = [(value, source) for read, source in self._told if (value := read(body)) is not None]
        if len(found) < 2:
            return found[0] if found else (None, "")
        whole: Any = found[0][0]
        for value, _ in found[1:]:
            whole = whole + value
        return whole, ", ".join(source for _, source in found)


NOWHERE: Places[Any] = Places()
"""What an API has no place for."""


def given(value: Json) -> Json:
    """Any value."""
    return value


@frozen
class Conversation:
    """A key of the body that may hold a conversation.

    `items` makes its elements of what stands there, None where that is none; `count` says how many of them are messages. With `runs`
    the assistant may answer in several items.
    """

    key: str
    items: Callable[[Json], list[Json] | None]
    count: Callable[[list[Json]], int]
    runs: bool = False


def unmarked(body: Body) -> str | None:
    """No mark: no body without a path is known to be of this API."""
    return None


_SOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "messages": ("conversations",),
        "turns": ("conversations",),
        "tools.called": ("calls",),
        "prompt": ("conversations", "text"),
        "system": ("system_prompt", "conversations"),
        "tools": ("tools_offered",),
        "effort": ("item_efforts", "request_effort"),
        "stream": ("stream", "streams_by_path"),
    }
)
"""Fields of `Shape` without any of which an API has not the fact; of other facts, the field of its attribute's name, if there is one."""


@frozen(eq=False, kw_only=True)
class Shape:
    """How the requests of one API are read: what the API does not know has no places here, and no request of it has that.

    A fact of the body that needs no more than its places has the field of its attribute's name.
    """

    endpoints: tuple[tuple[str, str], ...] = ()
    """The ends of paths that name the API (`chat/completions`, `:generateContent`), each with the fact `endpoint`."""
    mark: Callable[[Body], str | None] = unmarked
    """By what a body without a path is known to be of this API; None where it is not. Asked of a body with `messages` only where the API
    has those, of one without them only where it has not."""

    conversations: tuple[Conversation, ...] = ()
    """Where the conversation stands; the first that is there counts."""
    calls: tuple[Callable[[Item], list[Json]], ...] = ()
    """Each gives names of tools that an item of the assistant calls."""
    item_efforts: tuple[str, ...] = ()
    """The keys of an item whose `effort` is that of the request from there on."""
    text: Places[Json] = NOWHERE
    """Input that is no conversation."""
    system_prompt: Places[Json] = NOWHERE
    """The system prompt that stands beside the conversation."""
    tools_offered: Places[list[Json]] = NOWHERE
    tool_names: tuple[tuple[str, ...], ...] = ()
    """The ways in a tool to its name, keys of objects; the first text counts."""
    tools_within: tuple[str, ...] = ()
    """The keys of a tool under which it may hold others, which are offered in its place."""
    request_effort: Places[str] = NOWHERE
    """The effort asked for, of the request as a whole."""
    body_user: Places[str] = NOWHERE
    """The user, where `metadata` tells none."""
    cache_key: Places[str] = NOWHERE
    """The key of the provider's prompt cache, which some clients make of the session."""
    body_betas: Places[list[Json]] = NOWHERE
    """Beta features, beside those of the header."""

    streams_by_path: bool = False
    """Whether the path says if the answer is a stream."""
    stream: Places[bool] = NOWHERE
    max_tokens: Places[int | Fraction] = NOWHERE
    thinking: Places[bool] = NOWHERE
    thinking_type: Places[str] = NOWHERE
    thinking_budget: Places[int | Fraction] = NOWHERE
    tools_types: Places[tuple[str, ...]] = NOWHERE
    tool_choice: Places[str] = NOWHERE
    output_format: Places[str] = NOWHERE
    mode: Places[str] = NOWHERE
    speed: Places[str] = NOWHERE

    readers: Mapping[str, Callable[[Body], Any]] = field(init=False, repr=False, compare=False)
    """`first` of the places, by the names of their fields."""
    keys: frozenset[str] = field(init=False, repr=False, compare=False)
    """The keys of the body that are read, beside `model` and `metadata`, which every API has."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "readers", MappingProxyType({name: places.first for name, places in self._places()}))
        read = [place.key for _, places in self._places() for place in places.places]
        object.__setattr__(self, "keys", frozenset([*read, *(conversation.key for conversation in self.conversations)]))

    def _places(self) -> Iterator[tuple[str, Places[Any]]]:
        for name in Shape.__annotations__:
            value = getattr(self, name, None)
            if isinstance(value, Places):
                yield name, value

    def items(self, body: Body) -> list[Json] | None:
        """The items of the conversation; None without one."""
        for conversation in self.conversations:
            items = conversation.items(body.get(conversation.key))
            if items is not None:
                return items
        return None

    def conversation(self, body: Body) -> Conversation | None:
        """Where this body has the conversation."""
        for conversation in self.conversations:
            if conversation.items(body.get(conversation.key)) is not None:
                return conversation
        return None

    def beside(self, body: Body) -> Iterator[Json]:
        """The input that stands beside the conversation."""
        if (text := self.text.first(body)) is not None:
            yield text
        found = (one.items(body.get(one.key)) for one in self.conversations)
        yield from islice((items for items in found if items is not None), 1, None)

    def has(self, fact: str) -> bool:
        """Whether a request of this API can have a fact, given by its name; True for all that is not of the body."""
        sources = _SOURCES.get(fact, (fact.replace(".", "_"),))
        values = [getattr(self, name, True) for name in sources]
        return any(bool(value.places) if isinstance(value, Places) else bool(value) for value in values)

    def spare_keys(self, body: Body) -> frozenset[str]:
        """The keys of a body that say once more what a key before them says: facts don't read them."""
        spare: set[str] = set()
        for places in (self.max_tokens, self.request_effort, self.output_format):
            there = [place for place in places.places if place.key in body]
            while len(there) > 1 and there[0].reader()(body) is None:
                del there[0]
            spare.update(place.key for place in there[1:] if place.key != there[0].key)
        return frozenset(spare)


def by_key(shapes: tuple[Shape, ...]) -> Shape:
    """How a request is read whose API nobody knows: at the places of all these shapes, in their order."""
    joined: dict[str, Any] = {}
    for name in Shape.__annotations__:
        values = [getattr(shape, name) for shape in shapes]
        if isinstance(values[0], Places):
            kind = Joined if any(isinstance(value, Joined) for value in values) else Places
            joined[name] = kind(*dict.fromkeys(place for value in values for place in value.places))
        elif isinstance(values[0], bool):
            joined[name] = any(values)
        elif isinstance(values[0], tuple):
            joined[name] = tuple(dict.fromkeys(one for value in values for one in value))
    return Shape(**joined)
