"""Errors that, by the language's definition, say what to write instead, or name the limit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import ccproxy
from ccproxy.diagnostics import Code
from ccproxy.policy import check_file

from .made import MADE

SAID = {
    "when tokens -> a": ("tokens > ",),
    "when model -> a": ("model ==", "has model"),
    "when tools -> a": ("count(tools)", "any tools", "has tools"),
    "when stream == true -> a": ("when stream", "`stream`"),
    "when stream == false -> a": ("not stream",),
    "when tools == betas -> a": ("any ", "count("),
    'when "a" in model -> a': ("contains",),
    "when stream -> when": ("quote", '"when"'),
    "let count = 5": ("`count`",),
    'when body("a") == body("b") -> a': ("body(",),
    'let x = body("a")': ("body(",),
    'when modell == "a" -> b': ("model",),
    "when stream && true -> a": ("and",),
    "when stream || true -> a": ("or",),
    'when model = "a" -> b': ("==",),
    "when model == 'a' -> b": ('"',),
    "when tokens > 60K -> a": ("k",),
    "when time == 7:30 -> a": ("07:30",),
    'when headers("x") == "a" -> b': ("header",),
}

LIMITS = {
    Code.NESTING_TOO_DEEP: "64",
    Code.LINE_TOO_LONG: "4,096",
    Code.FILE_TOO_LARGE: "1,048,576",
    Code.TOO_MANY_RULES: "20,000",
    Code.PATTERN_TOO_LONG: "1,000",
}


@pytest.mark.parametrize("statement", SAID)
def test_an_error_says_what_to_write(statement: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.ccp"
    path.write_text(statement + "\ndefault -> ok\n")
    [error] = [item for item in check_file(path)[0] if item.severity == "error"]
    said = f"{error.message} {error.help or ''}"
    assert any(fragment in said for fragment in SAID[statement]), said


@pytest.mark.parametrize("code", LIMITS)
def test_a_limit_is_named(code: Code, tmp_path: Path) -> None:
    content: Callable[[], str | bytes] = next(made.content for made in MADE if made.error is code)
    made = content()
    path = tmp_path / "policy.ccp"
    path.write_bytes(made if isinstance(made, bytes) else made.encode())
    with pytest.raises(ccproxy.PolicyError) as raised:
        ccproxy.load(path)
    assert LIMITS[code] in next(item.message for item in raised.value.diagnostics if item.code is code)
