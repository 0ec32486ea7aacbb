"""Classes of values, as by `dataclass(slots=True)`, whose methods are made when they are first used.

`dataclass` writes and compiles up to six methods for each class while its module is imported, half a millisecond that a command pays for
hundreds of classes of which it uses some. To `dataclasses.replace`, `fields` and `match` these classes are dataclasses like any other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import cache, cached_property, partial
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")
_ABSENT: Any = dataclasses.MISSING


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: type[T], /) -> type[T]: ...


@overload
@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(*, eq: bool = True, kw_only: bool = False, hash_once: bool = False) -> Callable[[type[T]], type[T]]: ...


def frozen(
    cls: type[T] | None = None, /, *, eq: bool = True, kw_only: bool = False, hash_once: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class with annotated fields one of frozen values. A decorator.

    Two are equal that are of one class and have equal fields, unless the class or a base of it says otherwise; without `eq` each only
    is itself. Properties that are cached have a `__dict__` to stay in; with `hash_once` the hash is kept too, of values that are keys
    everywhere.
    """
    unsettable = {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    if cls is None:
        return partial(_made, own=unsettable, hash_=_hash_once if hash_once else _hash, eq=eq, kw_only=kw_only)
    return _made(cls, own=unsettable, hash_=_hash)


@dataclass_transform(field_specifiers=(dataclasses.field,))
def mutable(cls: type[T]) -> type[T]:
    """Make a class with annotated fields one of values that change, and so have no hash. A decorator. They are equal as frozen ones are."""
    return _made(cls, own={}, hash_=None)


def _made(cls: type[T], *, own: Mapping[str, Any], hash_: Callable[[type], Any] | None, eq: bool = True, kw_only: bool = False) -> type[T]:
    namespace = dict(cls.__dict__)
    named = namespace.get("__annotations__", {})
    fields = [name for name, kind in named.items() if not str(kind).startswith("ClassVar")]
    namespace["__written__"] = {name: _as_field(namespace.pop(name, _ABSENT), kw_only) for name in fields}
    inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "__slots__", ())}
    for name in ("__dict__", "__weakref__"):
        namespace.pop(name, None)
    slots = [name for name in fields if name not in inherited]
    if any(isinstance(value, cached_property) for value in namespace.values()):
        slots.append("__dict__")
    if hash_ is _hash_once:
        slots.append("_hashed")
    namespace["__slots__"] = tuple(slots)
    namespace |= {**own, "__getstate__": _state, "__setstate__": _set_state}
    late: dict[str, Callable[[type], Any]] = {
        "__dataclass_fields__": lambda made: _described(cls).__dataclass_fields__,
        "__dataclass_params__": lambda made: _described(cls).__dataclass_params__,
        "__match_args__": lambda made: tuple([name for name, field in _fields(made).items() if field.init and not field.kw_only]),
    }
    if "__init__" not in namespace:
        late["__init__"] = _init
    if eq and cls.__eq__ is object.__eq__:
        late["__eq__"] = _equal
        if hash_ is not None:
            late["__hash__"] = hash_
        else:
            namespace["__hash__"] = None
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


def _as_field(given: Any, kw_only: bool) -> Any:
    """A field as its class has it: a default, a `field` or nothing."""
    found: Any = given if isinstance(given, dataclasses.Field) else dataclasses.field(default=given)
    if found.kw_only is _ABSENT:
        found.kw_only = kw_only
    return found


def _fields(made: type) -> dict[str, Any]:
    """The fields of a class and its bases."""
    return {name: field for base in reversed(made.__mro__) for name, field in base.__dict__.get("__written__", {}).items()}


def _described(cls: Any) -> Any:
    """The class as it was written, with the fields that `dataclass` finds in it."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # else it imports what writes one
    return dataclasses.dataclass(init=False, repr=False, eq=False)(cls)


# ── Methods ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _init(made: Any) -> Any:
    fields = sorted([(name, field) for name, field in _fields(made).items() if field.init], key=lambda item: item[1].kw_only)
    named = sum([field.kw_only for _, field in fields])
    code = _template(len(fields), hasattr(made, "__post_init__")).replace(
        co_varnames=("self", *(name for name, _ in fields)),
        co_argcount=1 + len(fields) - named,
        co_kwonlyargcount=named,
        co_qualname=f"{made.__qualname__}.__init__",
    )
    scope = {f"set{place}": _setter(getattr(made, name).__set__, field.default_factory) for place, (name, field) in enumerate(fields)}
    # the default of a field with a factory is `_ABSENT`
    optional = [(name, field) for name, field in fields if field.default is not _ABSENT or field.default_factory is not _ABSENT]
    found = FunctionType(code, scope, "__init__", tuple([field.default for _, field in optional if not field.kw_only]))
    found.__kwdefaults__ = {name: field.default for name, field in optional if field.kw_only}
    return found


def _setter(put: Callable[[Any, Any], None], factory: Any) -> Callable[[Any, Any], None]:
    """What sets a field of an instance."""
    return put if factory is _ABSENT else lambda self, value: put(self, factory() if value is _ABSENT else value)


@cache
def _template(count: int, then: bool) -> CodeType:
    """The code of an `__init__` that sets so many fields, and `then` calls `__post_init__`: all classes of as many share it."""
    names = [f"value{place}" for place in range(count)]
    lines = [f"set{place}(self, {name})" for place, name in enumerate(names)] + ["self.__post_init__()"] * then
    scope: dict[str, Any] = {}
    # numbered names, no text from outside
    exec(f"def __init__({', '.join(['self', *names])}):\n  " + "\n  ".join(lines or ["pass"]), scope)  # noqa: S102  # nosec B102
    code: CodeType = scope["__init__"].__code__
    return code


def _values(made: type) -> Callable[[Any], Any]:
    names = [name for name, field in _fields(made).items() if field.compare]
    return attrgetter(*names) if names else lambda value: ()


def _equal(made: type) -> Any:
    values = _values(made)

    def equals(self: object, other: object) -> Any:
        return values(self) == values(other) if type(other) is type(self) else NotImplemented

    return equals


def _hash(made: type) -> Any:
    values = _values(made)

    def hash_of(self: object) -> int:
        return hash(values(self))

    return hash_of


def _hash_once(made: Any) -> Any:
    values, put = _values(made), made._hashed.__set__

    def hash_of(self: Any) -> int:
        try:
            found: int = self._hashed
        except AttributeError:
            found = hash(values(self))
            put(self, found)
        return found

    return hash_of


def _shown(self: Any) -> str:
    shown = [f"{name}={getattr(self, name)!r}" for name, field in _fields(type(self)).items() if field.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in _fields(type(self))]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(_fields(type(self)), state, strict=True):
        object.__setattr__(self, name, value)
