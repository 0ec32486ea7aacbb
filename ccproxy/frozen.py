"""Frozen classes of values, as by `dataclass(frozen=True, slots=True)`, whose methods are made when they are first used.

`dataclass` writes and compiles six methods for each class while its module is imported, half a millisecond that a command pays for
hundreds of classes of which it uses some. To `dataclasses.replace`, `fields` and `match` these classes are dataclasses like any other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from types import FunctionType
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class with annotated fields one of frozen values. A decorator.

    Two are equal that are of one class and have equal fields, unless the class or a base of it says otherwise.
    """
    namespace = dict(cls.__dict__)
    named = namespace.get("__annotations__", {})
    own = [name for name, kind in named.items() if not str(kind).startswith("ClassVar")]
    inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "__slots__", ())}
    for name in (*own, "__dict__", "__weakref__"):
        namespace.pop(name, None)
    namespace["__slots__"] = tuple([name for name in own if name not in inherited])
    namespace |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete, "__getstate__": _state, "__setstate__": _set_state}
    late: dict[str, Callable[[type], Any]] = {
        "__dataclass_fields__": lambda made: _described(cls).__dataclass_fields__,
        "__dataclass_params__": lambda made: _described(cls).__dataclass_params__,
        "__match_args__": lambda made: tuple([field.name for field in dataclasses.fields(made) if field.init]),
        "__init__": _init,
    }
    if cls.__eq__ is object.__eq__:
        late |= {"__eq__": _equal, "__hash__": _hash}
    if cls.__repr__ is object.__repr__:
        namespace["__repr__"] = _shown
    namespace |= {name: _Late(make) for name, make in late.items()}
    kind: Any = type(cls)
    made: type[T] = kind(cls.__name__, cls.__bases__, namespace)
    made.__qualname__ = cls.__qualname__
    return made


class _Late:
    """An attribute of a class that is made when it is first read."""

    __slots__ = ("make", "name", "of")

    def __init__(self, make: Callable[[type], Any]) -> None:
        self.make = make

    def __set_name__(self, of: type, name: str) -> None:
        self.of = of
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        found = self.make(self.of)
        setattr(self.of, self.name, found)
        return found.__get__(instance, owner) if isinstance(found, FunctionType) else found


def _described(cls: type) -> Any:
    """The class as it was written, with the fields that `dataclass` finds in it."""
    return dataclasses.dataclass(init=False, repr=False, eq=False)(cls)


# ── Methods ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _init(cls: Any) -> Any:
    scope: dict[str, Any] = {"absent": dataclasses.MISSING}
    parameters, lines = ["self"], []
    for field in dataclasses.fields(cls):
        name = field.name
        scope[f"set_{name}"] = getattr(cls, name).__set__
        if not field.init:
            continue
        value = name
        if field.default is not dataclasses.MISSING:
            scope[f"default_{name}"] = field.default
            parameters.append(f"{name}=default_{name}")
        elif field.default_factory is not dataclasses.MISSING:
            scope[f"make_{name}"] = field.default_factory
            parameters.append(f"{name}=absent")
            value = f"make_{name}() if {name} is absent else {name}"
        else:
            parameters.append(name)
        lines.append(f"set_{name}(self, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    text = f"def __init__({', '.join(parameters)}):\n  " + "\n  ".join(lines or ["pass"])
    # names of fields, no text from outside
    exec(text, scope)  # noqa: S102  # nosec B102
    return scope["__init__"]


def _values(cls: Any) -> Callable[[Any], Any]:
    names = [field.name for field in dataclasses.fields(cls) if field.compare]
    return attrgetter(*names) if names else lambda value: ()


def _equal(cls: type) -> Any:
    values = _values(cls)

    def equals(self: object, other: object) -> Any:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    return equals


def _hash(cls: type) -> Any:
    values = _values(cls)

    def hash_of(self: object) -> int:
        return hash(values(self))

    return hash_of


def _shown(self: Any) -> str:
    shown = [f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self) if field.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
