"""What the canonical layout looks like, and that the files of this project are in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccproxy.language.formatter.verified import format_data, format_source
from ccproxy.language.loader import MAX_LINE
from ccproxy.language.parser import parse
from ccproxy.source import Source

from .loosening import comments_of

FILES = Path(__file__).parent / "files"
ROOT = Path(__file__).parents[3]
SUITE = sorted((ROOT / "tests" / "conformance").rglob("*.ccp"))


def tidy(text: str) -> str:
    result = format_source(Source(text))
    assert result.text is not None, (result.problem, result.diagnostics)
    return result.text


@pytest.mark.parametrize("path", sorted(FILES.glob("*.ccp")), ids=lambda path: path.stem)
def test_files(path: Path) -> None:
    expected = path.with_suffix(".formatted").read_text("utf-8")
    assert tidy(path.read_text("utf-8")) == expected
    assert tidy(expected) == expected


@pytest.mark.parametrize("path", sorted((ROOT / "policies").glob("*.ccp")), ids=lambda path: path.stem)
def test_the_starter_policies_are_in_it(path: Path) -> None:
    assert tidy(path.read_text("utf-8")) == path.read_text("utf-8")


def test_the_suite_of_the_language_keeps_its_meaning() -> None:
    formatted = 0
    for path in SUITE:
        result = format_data(path.read_bytes(), path.name)
        assert result.problem is None, path
        if result.text is not None:
            text = result.source.text
            assert parse(Source(result.text)).file == parse(Source(text)).file
            assert comments_of(result.text) == comments_of(text)
            formatted += 1
    assert formatted > 80


def test_line_ends_stay() -> None:
    result = format_data(b"when tokens > 3 -> x\r\n\r\n  # c \r\ndefault   -> y", "policy.ccp")
    assert result.text == "when tokens > 3 -> x\r\n\r\n# c\r\ndefault -> y\r\n"


def test_a_byte_order_mark_goes() -> None:
    data = "\ufeffdefault -> y\n".encode()
    result = format_data(data, "policy.ccp")
    assert result.text == "default -> y\n"
    assert result.changes(data)


@pytest.mark.parametrize("text", ["when -> x", "default -> \x00", 'let x = "unclosed', "nonsense"])
def test_a_file_with_errors_has_no_layout(text: str) -> None:
    result = format_data(text.encode(), "policy.ccp")
    assert result.text is None
    assert result.diagnostics
    assert result.problem is None


# ── Lines that would be too long ─────────────────────────────────────────────────────────────────────────────────────

LONG = "x" * (MAX_LINE - 2)

TOO_LONG = {
    "a text that fills its line": f'when model ==\n"{LONG}"\n-> a',
    "a message that fills its line": f'when tokens > 3 -> reject\n"{LONG}"\nbecause "x"',
    "a comment behind a long line": f'when model == "{"x" * 3000}" -> a #\n#{"c" * (MAX_LINE - 1)}\n',
    "a comment that fills its line, inside": f"when tokens > 3\n#{'c' * (MAX_LINE - 1)}\n and stream -> a",
    "a comment right behind, without room for spaces": f'default -> "{"x" * 4000}"#{"c" * (MAX_LINE - 4015)}',
    "a comparison of two texts": f'when "{"x" * 3000}"\n== "{"y" * 3000}" -> a',
    "bytes, not characters": f'when model in ["{"ü" * 2000}",\n "{"ü" * 2000}"] -> a\ndefault -> x',
    "neighbours that would be moved right": f'when tokens > 3\n-> "{"x" * (MAX_LINE - 22)}"\nwhen agent.class == "a condition" -> a',
    "a long chain": "when " + "\nor ".join(f'model == "model-{number}"' for number in range(400)) + " -> a",
    "a long list": "when model in [" + ",\n".join(f'"model-{number}"' for number in range(400)) + "] -> a",
    "many labels": "assert when stream -> never " + ",\n".join(f"label-{number}" for number in range(400)),
    "many fallbacks": "default -> a " + "\n".join(f"fallback label-{number}" for number in range(400)),
    "many shares": "default -> " + ",\n".join(f"0.25% label-{number}" for number in range(400)) + " by user",
    "a sum": "let x = " + "\n+ ".join(["tokens.latest"] * 600),
}


@pytest.mark.parametrize("text", TOO_LONG.values(), ids=list(TOO_LONG))
def test_no_line_gets_too_long(text: str) -> None:
    result = tidy(text)
    assert max(len(line.encode()) for line in result.split("\n")) <= MAX_LINE
    assert comments_of(result) == comments_of(text)


def test_a_statement_that_has_no_layout_stays_as_it_was_written() -> None:
    text = f'when    model ==\n  "{LONG[2:]}"\n-> a'
    assert tidy("let  y = 3\n" + text) == f"let y = 3\n{text}\n"
