"""Prints lines for people, and JSON in the portable subset of it."""

from __future__ import annotations

import json
import math
from typing import IO, Any

import click

from ccproxy.render.terminal import neutral


def say(text: object = "", *, err: bool = False, nl: bool = True, color: bool = False, file: IO[Any] | None = None) -> None:
    """Print lines for people. What files have put into them gives no orders to a terminal or a CI system."""
    click.echo(neutral(str(text), colour=color), err=err, nl=nl, color=color or None, file=file)


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON; what JSON has no number for (a body may hold NaN) is null."""
    try:
        text = json.dumps(value, indent=indent, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), indent=indent, allow_nan=False)
    # GitHub and Azure look for commands anywhere in a line
    return text.replace("\x7f", "\\u007f").replace("##", "#\\u0023")


def _finite(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {name: _finite(item) for name, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value
