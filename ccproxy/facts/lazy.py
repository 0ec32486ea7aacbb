"""Facts that are computed at their first reading: descriptors for the class `Facts`.

Each is a non-data descriptor: the first reading computes the value and keeps it in the instance under the same name, where
every later reading finds it without coming here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from ccproxy.facts import conversation
from ccproxy.facts.values import Json, member

if TYPE_CHECKING:
    from typing import Self

    from ccproxy.facts.facts import Facts

V = TypeVar("V")


class Lazy(Generic[V]):
    """A value that `compute` makes of the facts; `source` says where it comes from."""

    def __init__(self, compute: Callable[[Facts], V], source: str = "") -> None:
        self.compute = compute
        self.source = source
        self.attribute = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name

    @overload
    def __get__(self, facts: None, owner: Any) -> Self: ...

    @overload
    def __get__(self, facts: Facts, owner: Any) -> V: ...

    def __get__(self, facts: Facts | None, owner: Any = None) -> V | Self:
        if facts is None:
            return self
        value = self.compute(facts)
        setattr(facts, self.attribute, value)
        return value

    def source_in(self, facts: Facts) -> str:
        """Where the value of this request came from."""
        return self.source


class Located(Lazy[V]):
    """A fact with several sources: `locate` gives its value and where that came from."""

    def __init__(self, locate: Callable[[Facts], tuple[V, str]]) -> None:
        super().__init__(lambda facts: locate(facts)[0])
        self.locate = locate

    def source_in(self, facts: Facts) -> str:
        return self.locate(facts)[1]


class Field(Lazy[V | None]):
    """The value of a key of the body, where it has this JSON type."""

    def __init__(self, kind: type[V], key: str) -> None:
        def compute(facts: Facts) -> V | None:
            value = facts.body.get(key)
            return value if isinstance(value, kind) else None

        super().__init__(compute, f"body `{key}`")


class Path(Lazy[V | None]):
    """The first value of the right type among paths into the body, `a.b.c` through objects; `read` tells the type."""

    def __init__(self, read: Callable[[Json], V | None], *paths: str) -> None:
        super().__init__(self.first)
        self.read = read
        self.paths = tuple(tuple(path.split(".")) for path in paths)

    def first(self, facts: Facts) -> V | None:
        """The first value of the right type."""
        for keys in self.paths:
            value: Json = facts.body
            for key in keys:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None:
                found = self.read(value)
                if found is not None:
                    return found
        return None

    def source_in(self, facts: Facts) -> str:
        return next((f"body `{'.'.join(keys)}`" for keys in self.paths if self.read(member(facts.body, *keys)) is not None), "")


class Header(Lazy[str | None]):
    """A request header."""

    def __init__(self, name: str) -> None:
        def compute(facts: Facts) -> str | None:
            value = facts.headers.get(name)
            return value if isinstance(value, str) else None

        super().__init__(compute, f"header {name}")


class Key(Lazy[V | None]):
    """A property of the LiteLLM virtual key."""

    def __init__(self, read: Callable[[Json], V | None], name: str) -> None:
        super().__init__(lambda facts: read(facts.key.get(name)), "the virtual key")


class Conversation(Lazy[V]):
    """A fact of the messages."""

    def __init__(self, compute: Callable[[Facts], V]) -> None:
        super().__init__(compute)

    def source_in(self, facts: Facts) -> str:
        return conversation.source(facts)


class Tokens(Lazy[int]):
    """A token count."""

    def source_in(self, facts: Facts) -> str:
        return str(facts.counting)
