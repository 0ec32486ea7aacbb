"""Reads request files, and the options that set a request's headers, path, key and time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

import click

from ccproxy.cli.arguments import STDIN
from ccproxy.cli.context import CannotRunError, unreadable
from ccproxy.facts.request import KEY_TYPES, EnvelopeError, Request, check_key, fact_type, fact_value, read_json
from ccproxy.frozen import frozen
from ccproxy.language.types import Type
from ccproxy.regular_files import MAX_REQUEST, lines_of, open_regular, read_bounded

C = TypeVar("C", bound=Callable[..., Any])


@frozen
class Surroundings:
    """What the command line says about a request; it goes over what the request file says."""

    headers: dict[str, str]
    key: dict[str, Any]
    at: str | None
    facts: dict[str, Any]

    def around(self, request: Request) -> Request:
        """The request with this over what its file says. ValueError for a wrong fact."""
        return request.over(headers=self.headers, key=self.key, at=self.at, facts=self.facts)


def surroundings_options(command: C) -> C:
    """The options `--at`, `--header`, `--key` and `--fact`."""
    for option in (
        click.option(
            "--fact", "facts", multiple=True, metavar="NAME=VALUE", help="Set a fact outright: tokens=250000; null: missing. Repeatable."
        ),
        click.option("--key", "keys", multiple=True, metavar="NAME=VALUE", help="Of the virtual key: alias=ci. Repeatable."),
        click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A request header. Repeatable."),
        click.option("--at", metavar="TIME", help="When: 2026-11-22T23:10, with an offset or in the policy's time zone."),
    ):
        command = option(command)
    return command


def read_surroundings(at: str | None, headers: tuple[str, ...], keys: tuple[str, ...], facts: tuple[str, ...]) -> Surroundings:
    """The options' values. CannotRunError where one is none."""
    key = {}
    for text in keys:
        name, value = _pair(text, "=", "--key alias=ci")
        key[name] = _key_value(name, value)
    values = {}
    for text in facts:
        name, value = _pair(text, "=", "--fact tokens=250000")
        values[name] = _fact_value(name, value)
    named = {}
    for text in headers:
        name, value = _pair(text, ":", "--header 'x-data-class: secret'")
        named[name.lower()] = value
    try:
        Request({}, at=at)
    except ValueError as error:
        raise CannotRunError(f"--at: {error}") from None
    return Surroundings(named, key, at, values)


def _pair(text: str, sign: str, example: str) -> tuple[str, str]:
    name, found, value = text.partition(sign)
    if not found or not name.strip():
        raise CannotRunError(f"{text!r} is not understood; write {example}")
    return name.strip(), value.strip()


def _key_value(name: str, value: str) -> Any:
    try:
        check_key({name: value})
    except EnvelopeError as error:
        raise CannotRunError(f"--key: {error}") from None
    if KEY_TYPES[name] is Type.LIST:
        return _list(value)
    if KEY_TYPES[name] is not Type.NUMBER:
        return value
    try:
        return float(value)
    except ValueError:
        raise CannotRunError(f"{name} of a key is a number of dollars, not {value!r}: --key {name}=12.50") from None


_EXAMPLES = {
    Type.NUMBER: "tokens=250000",
    Type.TEXT: "model=claude-opus-5-5",
    Type.BOOL: "stream=true",
    Type.LIST: "tools=Bash,Read",
    Type.TIME: "time=22:30",
    Type.WEEKDAY: "weekday=mon",
}


def _fact_value(name: str, text: str) -> Any:
    kind = fact_type(name)
    value = None if text == "null" else _list(text) if kind is Type.LIST else text
    try:
        fact_value(name, value)
    except ValueError as error:
        raise CannotRunError(f"--fact: {error}" + (f"; write --fact {_EXAMPLES[kind]}" if kind else "")) from None
    return value


def _list(value: str) -> list[Any]:
    """A JSON array, or texts with commas between."""
    if value.startswith("["):
        try:
            found = json.loads(value)
        except ValueError:
            raise CannotRunError(f'{value!r} is no JSON array; write a,b or ["a", "b"]') from None
        if isinstance(found, list):
            return found
    return [part.strip() for part in value.split(",") if part.strip()]


class ReadRequest(NamedTuple):
    """A request of a file: where it stands, it or what is wrong with it, and whether it is one of many, on a line each."""

    place: str
    request: dict[str, Any] | str
    of_many: bool


def read_requests(path: Path) -> Iterator[ReadRequest]:
    """The requests of a file: of a `.jsonl` one a line, and of standard input (`-`), if the first of its lines is one by itself.

    Raises CannotRunError for a file that can't be read.
    """
    name = "<stdin>" if path == STDIN else str(path)
    read = 0
    try:
        with BytesIO(read_bounded(sys.stdin.buffer, MAX_REQUEST)) if path == STDIN else open_regular(path) as file:
            if not (path.suffix == ".jsonl" or (path == STDIN and _has_lines(file))):
                yield ReadRequest(name, _request(name, read_bounded(file, MAX_REQUEST).decode("utf-8-sig"), 1), False)
                return
            for number, data in enumerate(lines_of(file, MAX_REQUEST), 1):
                if line := data.decode("utf-8-sig" if number == 1 else "utf-8").strip():
                    yield ReadRequest(f"{name}:{number}", _request(name, line, number), True)
                read += len(data)
    except OSError as error:
        raise CannotRunError(unreadable(path, error)) from None
    except UnicodeDecodeError as error:
        raise CannotRunError(f"{name} is not UTF-8 text (byte {read + error.start + 1}); a request file holds JSON") from None


def _has_lines(file: BinaryIO) -> bool:
    """Whether the first line of a file is a JSON object, and another follows."""
    first = file.readline()
    more = file.read().strip()
    file.seek(0)
    return bool(more) and not isinstance(_request("", first.decode("utf-8-sig", "replace"), 1), str)


def _request(name: str, text: str, line: int) -> dict[str, Any] | str:
    """A request; a text says what is wrong with it."""
    try:
        return read_json(text, name, line)
    except EnvelopeError as error:
        return str(error)
