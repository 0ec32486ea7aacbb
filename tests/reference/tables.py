"""The tables of the language reference that come from the code. Write them anew: `python -m tests.reference.tables`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ccproxy.checks.arithmetic import MAX_DEGREE, MAX_GROWN
from ccproxy.checks.statements import MAX_RULES
from ccproxy.diagnostics import Code
from ccproxy.facts import FACTS, FUNCTIONS
from ccproxy.facts.readers import REFUSED_BODY_PARTS, REFUSED_HEADERS
from ccproxy.language.literals import MAX_PATTERN, MAX_PLACES, MAX_WHOLE, RESERVED
from ccproxy.language.loader import MAX_FILE, MAX_FILES, MAX_INCLUDES, MAX_LINE
from ccproxy.language.parser import MAX_NESTING
from ccproxy.language.words import KEYWORDS, OPERATORS

REFERENCE = Path(__file__).parents[2] / "grammar" / "README.md"

_REGION = re.compile(r"(<!-- table: ([a-z ]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """The page with every table between its markers written from the code."""
    return _REGION.sub(lambda match: f"{match.group(1)}\n{TABLES[match.group(2)]}\n\n{match.group(3)}", text)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def _words(words: Iterable[str]) -> str:
    return " ".join(f"`{word}`" for word in sorted(words))


_CODES = _table(
    ("code", "name", "severity", "what it says"),
    ((f"[{code.number}](../ccproxy/diagnostics/pages/{code.number}.md)", code.slug, code.severity, code.title) for code in Code),
)
_LIMITS = (
    ("parentheses, `not`s, brackets and `count`s open at once", f"{MAX_NESTING}", "nesting-too-deep"),
    ("bytes of a line", f"{MAX_LINE:,}", "line-too-long"),
    ("bytes of a file", f"{MAX_FILE:,}", "file-too-large"),
    ("rules of a policy, through includes", f"{MAX_RULES:,}", "too-many-rules"),
    ("characters of a pattern", f"{MAX_PATTERN:,}", "pattern-too-long"),
    (
        "digits of a number before and after the point, and of the numbers of one product or sum together",
        f"{MAX_WHOLE} and {MAX_PLACES}",
        "number-too-large",
    ),
    ("the same through `let`s upon `let`s", f"{MAX_GROWN:,} each", "number-too-large"),
    ("factors of a product that aren't constant, through `let`s and sums", f"{MAX_DEGREE}", "degree-too-high"),
    ("includes open at once", f"{MAX_INCLUDES}", "include-too-deep"),
    ("files of a policy", f"{MAX_FILES:,}", "include-too-deep"),
)

TABLES = {
    "facts": _table(
        ("fact", "type", "presence", "source", "meaning"),
        ((f"`{fact.name}`", fact.type, fact.presence, fact.source, fact.meaning) for fact in FACTS),
    ),
    "functions": _table(
        ("reader", "type", "source", "meaning"),
        ((f"`{item.form}`", item.type or "by its place", item.source, item.meaning) for item in FUNCTIONS),
    ),
    "operators": _table(
        ("operator", "for example", "takes", "holds when, or gives"),
        (
            (f"`{item.written}`", f"`{item.form}`", ", ".join(item.types) if item.written != "has" else "any fact", item.meaning)
            for item in OPERATORS
        ),
    ),
    "keywords": _table(("word", "form", "meaning"), ((f"`{item.written}`", f"`{item.form}`", item.meaning) for item in KEYWORDS)),
    "reserved words": _words(RESERVED),
    "refused headers": _words(REFUSED_HEADERS),
    "refused body parts": _words(REFUSED_BODY_PARTS),
    "limits": _table(("limit", "is", "its error"), _LIMITS),
    "codes": _CODES,
}
"""Every table by the name in its marker."""


if __name__ == "__main__":
    REFERENCE.write_text(with_tables(REFERENCE.read_text("utf-8")), "utf-8")
