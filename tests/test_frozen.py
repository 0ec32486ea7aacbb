"""Classes of `frozen` are what `dataclass(frozen=True, slots=True)` makes, for all that anybody asks of a dataclass."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, field, fields, replace
from typing import ClassVar

import pytest

from ccproxy.frozen import frozen


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
