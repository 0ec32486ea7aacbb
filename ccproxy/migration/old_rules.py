"""Reads the rules of an earlier ccproxy: of each its label, the path of its Python class, and the parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from ccproxy.compiler.earlier_rules import EARLIER_RULES
from ccproxy.frozen import frozen
from ccproxy.language.literals import exact, is_name, is_within_limits, write_number
from ccproxy.migration import draft
from ccproxy.node_reader import Reader
from ccproxy.yaml_nodes import Node, is_mapping, is_null, is_scalar, is_sequence

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")


@frozen
class OldRule:
    """A rule as it was written: its label, the path of its class, and the parameters by their place and by name."""

    node: Node
    label: str
    path: str
    positional: tuple[object, ...] = ()
    named: Mapping[str, object] | None = None

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.path.rpartition(".")[2]

    @property
    def shown(self) -> str:
        """The rule for a comment."""
        given = [*map(told, self.positional), *(f"{_told_name(name)}={told(value)}" for name, value in (self.named or {}).items())]
        return f"{self.label}: {self.name}({', '.join(given)})"


def read_rules(reader: Reader, node: Node | None) -> list[OldRule]:
    """The rules of a list; what can't be understood is reported, and left out."""
    if node is None or is_null(node):
        return []
    if not is_sequence(node):
        reader.wrong(node, "rules", "a list")
        return []
    return [rule for item in node.value if (rule := _rule(reader, item)) is not None]


def _rule(reader: Reader, node: Node) -> OldRule | None:
    entry = {key.value: value for key, value in reader.entries(node, "a rule")}
    names = [key for key in ("label", "name") if key in entry]
    if not names or "rule" not in entry:
        if is_mapping(node):
            missing = "rule" if names else "label"
            reader.report(node, f"the rule has no {missing}", f"write it as label: think, rule: {EARLIER_RULES}.ThinkingRule")
        return None
    label, path = _text(reader, entry[names[-1]], names[-1]), _text(reader, entry["rule"], "rule")
    if label is None or path is None:
        return None
    if len(names) == 2 and reader.value(entry["label"]) != label:
        reader.report(entry["label"], "the rule has two labels", "keep one: label or name")
    if not _DOTTED.fullmatch(path):
        reader.report(entry["rule"], f'"{path}" is no path of a class', f"write package.module.Class, say {EARLIER_RULES}.ThinkingRule")
        return None
    positional, named = _parameters(reader, entry.get("params"))
    return OldRule(node, label, path, positional, named)


def _parameters(reader: Reader, node: Node | None) -> tuple[tuple[object, ...], Mapping[str, object]]:
    """A list of mappings is one mapping of parameters by name; any other list has them by their place, and any other value is one."""
    value = None if node is None else reader.value(node)
    if not value and not isinstance(value, int | float):
        return (), {}
    match value:
        case list() if all(isinstance(item, dict) for item in value):
            return (), {str(name): given for item in value for name, given in item.items()}
        case list():
            return tuple(value), {}
        case dict():
            return (), {str(name): given for name, given in value.items()}
    return (value,), {}


def _text(reader: Reader, node: Node, what: str) -> str | None:
    value = reader.value(node) if is_scalar(node) else None
    if isinstance(value, str) and draft.can_be_written(value):
        return value
    reader.wrong(node, what, f"a text of at most {draft.LONGEST} characters on one line", "put quotes around it" if value else None)
    return None


def literal(value: object) -> str | None:
    """A value as a literal of the language; None where it has none."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float() if 0 <= value < float("inf"):
            number = exact(Fraction(str(value)))
            return write_number(number) if is_within_limits(number) else None
        case str() if len(value) <= draft.LONGEST:
            return draft.text(value)
    return None


def named_literal(name: str, value: object) -> str | None:
    """A parameter by name as an argument of the language; None where it can't be one."""
    written = literal(value)
    return f"{name}={written}" if written is not None and is_name(name) else None


def told(value: object) -> str:
    """A value for a comment or a message, shortened."""
    whole = literal(value) or ascii(value)
    return whole if len(whole) <= draft.LONGEST else f"{whole[: draft.LONGEST]}…"


def _told_name(name: str) -> str:
    return name if is_name(name) and len(name) <= draft.LONGEST else told(name)
