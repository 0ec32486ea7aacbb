"""Advice on paths into the body at which no client has what is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.diagnostics.fix import replace
from ccproxy.language import syntax
from ccproxy.language.literals import write_text
from ccproxy.language.paths import EACH, LAST, parts_of

_FROM_THE_END = r"-[0-9]+"
_OBJECTS: Mapping[str, str] = {"messages": "role", "contents": "role", "tools": "name"}
"""The keys of the body whose arrays hold objects in every API that has them, with a text that their objects have."""


def path_advice(expression: syntax.Expression) -> Iterator[Diagnostic]:
    """Reports a path that leads nowhere in one expression, not in those below it."""
    match expression:
        case syntax.Call(function="body", argument=argument):
            yield from _selectors(argument)
        case syntax.Quantified(operand=asked) | syntax.Count(operand=asked) | syntax.Test(operator="in" | "not in", right=asked):
            path = syntax.bare(asked)
            if isinstance(path, syntax.Call) and path.function == "body":
                yield from _texts_of_objects(path.argument)
        case _:
            pass


def _selectors(path: syntax.Text) -> Iterator[Diagnostic]:
    parts = parts_of(path.value)
    for part in parts:
        if re.fullmatch(_FROM_THE_END, part):
            message = f"`{part}` is no element of an array: it names a key of an object"
            if part != "-1":
                yield Diagnostic(Code.PATH_TO_NOTHING, path.span, message, f"only the last element has a name of its own: {LAST}")
                return
            better = write_text(".".join(LAST if other == "-1" else other for other in parts))
            fix = replace(path.span, better)
            yield Diagnostic(Code.PATH_TO_NOTHING, path.span, message, f"for an array's last element write {better}", fixes=(fix,))
            return
    if parts[0] == EACH:
        message = f"`{EACH}` goes into arrays, and the body is an object"
        yield Diagnostic(Code.PATH_TO_NOTHING, path.span, message, f'name the array first: "messages.{EACH}.role"')


def _texts_of_objects(path: syntax.Text) -> Iterator[Diagnostic]:
    key, *rest = parts_of(path.value)
    if key in _OBJECTS and rest in ([], [EACH]):
        better = write_text(f"{key}.{EACH}.{_OBJECTS[key]}")
        message = f"the elements of `{key}` are objects, and this asks for texts"
        yield Diagnostic(Code.PATH_TO_NOTHING, path.span, message, f"name a text that they have: {better}")
