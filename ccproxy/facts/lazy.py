"""Facts that are computed when they are first read: descriptors, which know nothing of the class that has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from typing import Self

V = TypeVar("V")


class Lazy(Generic[V]):
    """What `compute` makes of the facts; `source` says where it comes from. Also a decorator of a method that computes it.

    A non-data descriptor: the first reading keeps the value in the instance under the same name, where every later one finds it
    without coming here.
    """

    def __init__(self, compute: Callable[[Any], V], source: str = "") -> None:
        self.compute = compute
        self.source = source
        self.attribute = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.attribute = name

    @overload
    def __get__(self, facts: None, owner: Any) -> Self: ...

    @overload
    def __get__(self, facts: object, owner: Any) -> V: ...

    def __get__(self, facts: object | None, owner: Any = None) -> V | Self:
        if facts is None:
            return self
        value = self.compute(facts)
        setattr(facts, self.attribute, value)
        return value

    def source_in(self, facts: Any) -> str:
        """Where the value of this request came from."""
        return self.source


class Located(Lazy[V]):
    """A fact with several sources: `locate` gives its value and where that came from. Also a decorator of a method that does."""

    def __init__(self, locate: Callable[[Any], tuple[V, str]]) -> None:
        super().__init__(lambda facts: locate(facts)[0])
        self.locate = locate

    @overload
    def __get__(self, facts: None, owner: Any) -> Self: ...

    @overload
    def __get__(self, facts: object, owner: Any) -> V: ...

    def __get__(self, facts: object | None, owner: Any = None) -> V | Self:
        # as in Lazy, without a call in between
        if facts is None:
            return self
        value = self.locate(facts)[0]
        setattr(facts, self.attribute, value)
        return value

    def source_in(self, facts: Any) -> str:
        return self.locate(facts)[1]


def sourced(source: str) -> Callable[[Callable[[Any], V]], Lazy[V]]:
    """Lazy with a source, as a decorator."""
    return lambda compute: Lazy(compute, source)
