"""Classes of `frozen` are what `dataclass(frozen=True, slots=True)` makes, for all that anybody asks of a dataclass."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, field, fields, replace
from functools import cached_property
from typing import ClassVar

import pytest

from ccproxy.frozen import frozen, mutable


@frozen
class Place:
    line: int
    names: tuple[str, ...] = field(default=(), repr=False)
    seen: list[int] = field(default_factory=list, compare=False)
    kind: ClassVar[str] = "place"


@frozen
class Marked(Place):
    mark: str = "x"

    def __post_init__(self) -> None:
        if not self.mark:
            raise ValueError("no mark")


@frozen
class Empty:
    """Nothing."""


@frozen(eq=False, kw_only=True)
class Single:
    first: int = 0
    second: list[int]

    @cached_property
    def both(self) -> tuple[int, list[int]]:
        return self.first, self.second


@mutable
class Counted:
    name: str
    seen: list[int] = field(default_factory=list)
    more: int = 0


@frozen
class Own:
    text: str

    def __init__(self, number: int) -> None:
        object.__setattr__(self, "text", str(number))


class Key:
    """A key that counts how often it is hashed."""

    hashed = 0

    def __hash__(self) -> int:
        self.hashed += 1
        return 7


@frozen(hash_once=True)
class Keyed:
    key: Key
    number: int = 0


def test_fields_and_defaults() -> None:
    made = Marked(1, mark="m")
    assert (made.line, made.names, made.seen, made.mark, made.kind) == (1, (), [], "m", "place")
    assert Place(1).seen is not Place(1).seen
    assert [each.name for each in fields(Marked)] == ["line", "names", "seen", "mark"]
    assert repr(made) == "Marked(line=1, seen=[], mark='m')"
    with pytest.raises(TypeError, match=r"line"):
        Place()  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="no mark"):
        Marked(1, mark="")


def test_values_of_one_class_with_equal_fields_are_equal() -> None:
    assert Place(1, ("a",), [1]) == Place(1, ("a",), [2])
    assert hash(Place(1, ("a",), [1])) == hash(Place(1, ("a",), [2]))
    assert Place(1) != Place(2)
    assert Place(1) != Marked(1)
    assert Empty() == Empty()
    assert len({Empty(), Empty()}) == 1


def test_nothing_can_be_set() -> None:
    made = Place(1)
    with pytest.raises(FrozenInstanceError):
        made.line = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del made.line
    assert not hasattr(made, "__dict__")


def test_copies() -> None:
    made = Marked(1, ("a",), [2], "m")
    assert replace(made, line=2) == Marked(2, ("a",), [2], "m")
    assert pickle.loads(pickle.dumps(made)) == made
    assert copy.deepcopy(made).seen == [2]
    match made:
        case Marked(line, names, seen, mark):
            assert (line, names, seen, mark) == (1, ("a",), [2], "m")


def test_keywords_only_and_nobody_else_is_equal() -> None:
    made = Single(second=[1])
    assert (made.first, made.second) == (0, [1])
    assert made == made
    assert made != Single(second=[1])
    assert len({made, Single(second=[1])}) == 2
    with pytest.raises(TypeError, match="positional"):
        Single(1, second=[])  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="second"):
        Single(first=1)  # type: ignore[call-arg]
    assert replace(made, first=3).first == 3


def test_a_cached_property_is_computed_once_and_nothing_can_be_set() -> None:
    made = Single(second=[])
    assert made.both is made.both
    with pytest.raises(FrozenInstanceError):
        made.first = 2  # type: ignore[misc]


def test_values_that_change() -> None:
    made = Counted("a")
    made.more += 1
    made.seen.append(2)
    assert made == Counted("a", [2], 1)
    assert made != Counted("a")
    assert repr(made) == "Counted(name='a', seen=[2], more=1)"
    with pytest.raises(TypeError, match="unhashable"):
        hash(made)
    with pytest.raises(AttributeError):
        made.other = 1  # type: ignore[attr-defined]
    assert copy.deepcopy(made) == made
    del made.more
    assert not hasattr(made, "more")


def test_a_class_may_have_its_own_init() -> None:
    assert Own(12).text == "12"
    assert Own(12) == Own(12)


def test_a_hash_that_is_kept_is_found_out_once() -> None:
    key = Key()
    made = Keyed(key)
    assert hash(made) == hash(made) == hash(Keyed(key))
    assert key.hashed == 2
    assert made == Keyed(key)
    assert hash(replace(made, number=1)) != hash(made)
    assert [each.name for each in fields(Keyed)] == ["key", "number"]
    assert hash(copy.copy(made)) == hash(made)
    with pytest.raises(FrozenInstanceError):
        made._hashed = 1  # type: ignore[attr-defined]
