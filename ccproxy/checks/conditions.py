"""Reads conditions that this program writes itself, in the language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ccproxy.checks.checked import CheckedPolicy
from ccproxy.checks.statements import check
from ccproxy.language import syntax
from ccproxy.language.loader import load_text


def read_conditions(texts: Iterable[str], name: str) -> tuple[CheckedPolicy, Mapping[str, syntax.Expression]]:
    """A policy with these conditions, and each by its text; `name` is what their source is called. AssertionError for one that is none."""
    written = list(dict.fromkeys(texts))
    diagnostics, checked = check(load_text("".join(f"when {text} -> default\n" for text in written) + "default -> default\n", name))
    if checked is None:
        raise AssertionError(f"{name} are conditions of the language: {diagnostics[0].message}")
    return checked, {text: rule.condition for text, rule in zip(written, checked.rules, strict=False) if rule.condition is not None}
