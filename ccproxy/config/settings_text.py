"""Parses the text of `ccproxy.yaml` into settings, each value by the type of its key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from ccproxy.closest import closest
from ccproxy.config.settings import (
    KEY_FACTS,
    LITELLM_FALLBACKS,
    MEMORY_KINDS,
    ON_FAILURE,
    ON_PREDICATE_FAILURE,
    OTHER_CALLS,
    FitSettings,
    LiteLLMSettings,
    MemorySettings,
    RecordSettings,
    Settings,
    SettingsError,
    ShadowSettings,
    TokenSettings,
)
from ccproxy.facts.calls import Kind
from ccproxy.facts.counting.tokenizer import ENCODINGS
from ccproxy.language.matching import GlobError, parse_glob
from ccproxy.node_reader import Read, Reader
from ccproxy.source import Source
from ccproxy.yaml_nodes import Node, is_mapping, is_null, is_scalar, is_sequence, is_text, place_in


def parse_settings(source: Source, cache: Path | None = None) -> Settings:
    """The settings that a text says, of the cache in this folder if it is kept there. Raises SettingsError with all that is wrong."""
    reader = Reader(source)
    root = reader.root(cache)
    settings = Settings(**reader.mapping(root, "the file", _TOP, {"ccproxy": _earlier(source)})) if root is not None else Settings()
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


def _earlier(source: Source) -> str:
    """What to do about the section in which an earlier ccproxy had its rules."""
    folder = (source.path or Path(source.name)).absolute().parent
    old = folder.with_name(f"{folder.name}.old")
    moved = f"mv {folder} {old}; ccproxy import {old / source.name} -o {folder / 'policy.ccp'}"
    return f"its rules were an earlier ccproxy's, and become a policy by: {moved}"


def _text(reader: Reader, node: Node, name: str) -> str | None:
    if is_text(node) and node.value:
        return str(node.value)
    quotable = is_scalar(node) and node.value
    reader.wrong(node, name, "text", "put quotes around it" if quotable else None)
    return None


def _flag(reader: Reader, node: Node, name: str) -> bool | None:
    value = reader.value(node)
    if isinstance(value, bool):
        return value
    reader.wrong(node, name, "true or false")
    return None


def _whole(least: int, most: int) -> Read:
    def read(reader: Reader, node: Node, name: str) -> int | None:
        value = reader.value(node)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        reader.wrong(node, name, f"a whole number from {least} to {most}")
        return None

    return read


def _one_of(choices: Sequence[str]) -> Read:
    def read(reader: Reader, node: Node, name: str) -> str | None:
        if is_scalar(node) and node.value in choices:
            return str(node.value)
        close = closest(node.value, choices) if is_scalar(node) else None
        reader.wrong(node, name, " or ".join(choices), f'did you mean "{close}"?' if close else None)
        return None

    return read


def _several_of(choices: Sequence[str]) -> Read:
    read_one = _one_of(choices)

    def read(reader: Reader, node: Node, name: str) -> tuple[str, ...] | None:
        if not is_sequence(node):
            reader.wrong(node, name, f"a list of {', '.join(choices)}")
            return None
        found = [read_one(reader, one, name) for one in node.value]
        return tuple(choice for choice in choices if choice in found)

    return read


def _scale(reader: Reader, node: Node, name: str) -> Mapping[str, Fraction]:
    factors: dict[str, Fraction] = {}
    for key, value in reader.entries(node, name):
        try:
            parse_glob(key.value)
        except GlobError as error:
            reader.report_at(place_in(reader.source, key, error.offset), error.message, error.help)
        number = reader.value(value)
        if isinstance(number, int | float) and not isinstance(number, bool) and 0 < number < float("inf"):
            factors[key.value] = Fraction(str(number))
        else:
            reader.wrong(value, f'the scale of "{key.value}"', "a number over 0")
    return MappingProxyType(factors)


def _tokens(reader: Reader, node: Node, name: str) -> TokenSettings:
    return TokenSettings(**reader.mapping(node, name, _TOKENS))


def _records(reader: Reader, node: Node, name: str) -> RecordSettings:
    if isinstance(reader.value(node) if is_scalar(node) else None, bool):
        return RecordSettings(enabled=reader.value(node))
    return RecordSettings(**reader.mapping(node, name, _RECORDS))


def _fit(reader: Reader, node: Node, name: str) -> FitSettings:
    given = reader.value(node) if is_scalar(node) else None
    if isinstance(given, bool):
        return FitSettings(enabled=given)
    if not is_mapping(node):
        reader.wrong(node, name, "true, false or {think: false}")
        return FitSettings()
    return FitSettings(**reader.mapping(node, name, _FIT))


def _other_calls(reader: Reader, node: Node, name: str) -> frozenset[Kind] | None:
    """The kinds of calls that are passed: all or none, or kind by kind."""
    if not is_mapping(node):
        chosen = _HANDLING(reader, node, name)
        return None if chosen is None else frozenset(Kind) if chosen == "pass" else frozenset()
    chosen = reader.mapping(node, name, dict.fromkeys(Kind, _HANDLING))
    return frozenset(Kind(kind) for kind, handling in chosen.items() if handling == "pass")


def _memory(reader: Reader, node: Node, name: str) -> MemorySettings:
    return MemorySettings(**reader.mapping(node, name, _MEMORY))


def _shadow(reader: Reader, node: Node, name: str) -> ShadowSettings | None:
    """The path of a policy, or a mapping with it."""
    what = "the path of a policy, or {policy: PATH, predicates: true}"
    if not is_mapping(node):
        if is_scalar(node) and isinstance(reader.value(node), str) and node.value:
            return ShadowSettings(node.value)
        reader.wrong(node, name, what, "leave it out to have none")
        return None
    found, problems = reader.mapping(node, name, _SHADOW), len(reader.problems)
    if "policy" not in found and not problems:
        reader.report(node, f"{name} names no policy", f"{name} is {what}")
    return ShadowSettings(**found) if "policy" in found else None


def _litellm(reader: Reader, node: Node, name: str) -> LiteLLMSettings:
    """A mapping of LiteLLM's flags, or a list of its arguments as they stand."""
    if is_sequence(node):
        given = [_text(reader, item, "an argument") for item in node.value]
        return LiteLLMSettings(arguments=tuple(argument for argument in given if argument is not None))
    settings, arguments = LiteLLMSettings(), []
    for key, value in reader.entries(node, name):
        flag = key.value.removeprefix("--")
        if flag in _OURS:
            reader.report(key, f"{flag} is not set under litellm", f'set "{_OURS[flag]}" at the top of the file')
        elif not re.fullmatch(r"[a-z][a-z_-]*", flag):
            reader.report(key, f'"{flag}" is no flag of LiteLLM', "litellm --help lists them; write them without the dashes")
        elif flag == "config":
            settings = replace(settings, config=_text(reader, value, flag) or settings.config)
        else:
            arguments += _arguments(reader, value, flag)
    return replace(settings, arguments=tuple(arguments))


def _arguments(reader: Reader, node: Node, flag: str) -> list[str]:
    """What a flag is on the command line: alone where it is true, with its value, or with each of a list."""
    items = node.value if is_sequence(node) else [node]
    arguments: list[str] = []
    for item in items:
        value = reader.value(item) if is_scalar(item) else None
        if isinstance(value, bool):
            arguments += [f"--{flag}"] if value else []
        elif is_scalar(item) and not is_null(item):
            arguments += [f"--{flag}", item.value]
        elif not is_scalar(item):
            reader.wrong(item, flag, "true, false, text, a number or a list of them")
    return arguments


_OURS = {"host": "host", "port": "port", "num_workers": "workers"}
_HANDLING = _one_of(OTHER_CALLS)
_TOKENS: Mapping[str, Read] = {"encoding": _one_of(ENCODINGS), "scale": _scale, "cache_megabytes": _whole(0, 4096)}
_RECORDS: Mapping[str, Read] = {
    "enabled": _flag,
    "folder": _text,
    "max_megabytes": _whole(1, 1_000_000),
    "max_days": _whole(1, 36_500),
    "key": _several_of(KEY_FACTS),
}
_MEMORY: Mapping[str, Read] = {"kind": _one_of(MEMORY_KINDS), "entries": _whole(1, 100_000_000), "hours": _whole(1, 8_760)}
_SHADOW: Mapping[str, Read] = {"policy": _text, "predicates": _flag}
_FIT: Mapping[str, Read] = {"think": _flag}
_TOP: Mapping[str, Read] = {
    "policy": _text,
    "host": _text,
    "port": _whole(1, 65535),
    "workers": _whole(1, 256),
    "debug": _flag,
    "litellm": _litellm,
    "tokens": _tokens,
    "records": _records,
    "on_failure": _one_of(ON_FAILURE),
    "on_predicate_failure": _one_of(ON_PREDICATE_FAILURE),
    "litellm_fallbacks": _one_of(LITELLM_FALLBACKS),
    "other_calls": _other_calls,
    "calibrate": _flag,
    "fit": _fit,
    "memory": _memory,
    "shadow": _shadow,
}
