"""What to say about a text that does not parse: what was due, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from difflib import get_close_matches

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.language.literals import KEYWORDS, RESERVED, STATEMENT_KEYWORDS, LiteralError, read_number
from ccproxy.source import Source, Span


@dataclass(frozen=True, slots=True)
class Failure:
    """Where the parser stopped: an offset into the stretch of text (None: at its end), the word there, the terminals that were due."""

    offset: int | None
    word: str
    due: Set[str]


_INSTEAD = {
    "=": "to compare, write ==",
    "===": "write ==",
    "&&": "write and",
    "&": "write and",
    "||": "write or",
    "|": "write or",
    "!": "write not, or != to compare",
    "=>": "write ->",
    "==>": "write ->",
    "-->": "write ->",
    "→": "write ->",
    "<>": "write !=",
    "!==": "write !=",
    "≠": "write !=",
    "≥": "write >=",
    "≤": "write <=",
    "=<": "write <=",
    "=~": "write matches /…/",
    "~=": "write matches /…/",
    "~": "write matches /…/",
    "!~": "write not (a matches /…/)",
    ";": "statements need no semicolon",
    ":": "a rule is written when CONDITION -> LABEL",
    "'": 'text stands in double quotes: "…"',
    "`": 'text stands in double quotes: "…"',
    "“": 'text stands in double quotes: "…"',
    "//": "a comment starts with #",
    "/*": "a comment starts with #",
    "--": "a comment starts with #",
    "if": "a rule starts with when",
    "elif": "rules are tried in order; write a further when",
    "else": "write default -> LABEL",
    "otherwise": "write default -> LABEL",
    "then": "write ->",
    "is": "write ==",
    "equals": "write ==",
    "like": "write matches",
    "rule": "a rule starts with when",
    "-": "numbers have no sign; to subtract, write a - b",
    "%": "a percentage stands only in a split: 90% a, 10% b",
    "startswith": "write starts with",
    "endswith": "write ends with",
    "starts_with": "write starts with",
    "ends_with": "write ends with",
}

_MEANT = {"if": "when", "elif": "when", "rule": "when", "else": "default", "otherwise": "default"}

_OPERATORS = {"AND", "OR", "EQUAL", "IN", "MATCHES", "PLUS", "LESS"}
_OPERANDS = {"NUMBER", "LPAR", "HAS"}
_STATEMENTS = {word.upper() for word in STATEMENT_KEYWORDS}
_SPELLED = {
    "ARROW": '"->"',
    "LPAR": '"("',
    "RPAR": '")"',
    "RSQB": '"]"',
    "LSQB": '"["',
    "COMMA": '","',
    "EQUALS": '"="',
    "DOTS": '".."',
    "LABEL": "a label",
    "NAME": "a name",
    "TEXT": 'a text in quotes ("…")',
    "NUMBER": "a number",
    "NEVER": '"never"',
    "ONLY": '"only"',
    "WITH": '"with"',
    "WHEN": '"when"',
    "PERCENT": "a percentage",
    "IN": '"in"',
}
_TOKEN = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"?|[A-Za-z0-9_.@%]+|//|/\*|&&|\|\||.', re.DOTALL)
_SIGNS = "-=<>!&|~"
"""What operators are made of: a reader of `=>` or `<>` sees one sign, where the lexer saw two."""

_CLOSED = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"')
_NUMBER_BEFORE = re.compile(r"(?<![A-Za-z0-9_.])([0-9][A-Za-z0-9_]*(?:\.[0-9][A-Za-z0-9_]*)?)\s*\Z")


def keyword_meant(word: str) -> str | None:
    """The keyword that a statement was to begin with, where `word` is a misspelling of one, or another language's word for it."""
    if word in KEYWORDS or word in _INSTEAD:
        return _MEANT.get(word)
    close = get_close_matches(word.lower(), STATEMENT_KEYWORDS, 1, 0.66)
    return close[0] if close else None


def describe(source: Source, start: int, end: int, failure: Failure) -> Diagnostic:
    """The diagnostic for a parse of `source.text[start:end]` that failed."""
    if failure.offset is None:
        return _incomplete(source, start, end, failure.due)
    at = start + failure.offset
    word = failure.word
    if not word:
        match = _TOKEN.match(source.text, at, end)
        word = match.group() if match else source.text[at : at + 1]
    sign = _sign_around(source, start, at, end)
    if sign is not None and sign.start < at:
        if sign.text == "==":
            return Diagnostic(Code.SYNTAX_ERROR, sign, '"=" is due here, not `==`', "write =")
        return Diagnostic(Code.SYNTAX_ERROR, sign, f"{_quoted(sign.text)} is no operator", _hint(source, sign.start, end, sign.text, set()))
    if sign is not None:
        word = sign.text
    span = Span(source, at, at + max(len(word), 1))
    if number := _bad_number_before(source, start, at):
        return number
    if word.startswith('"') and not _CLOSED.fullmatch(word):
        return Diagnostic(
            Code.UNCLOSED_TEXT,
            Span(source, at, at + len(word.rstrip())),
            'the text is not closed on its line by "',
            'write "…" on one line; \\n stands for a line break',
        )
    if word == "/" and {"PATTERN"} & set(failure.due):
        line_end = source.text.find("\n", at, end)
        whole = source.text[at : line_end if line_end >= 0 else end].rstrip()
        if not whole.startswith(("//", "/*")):
            return Diagnostic(
                Code.UNCLOSED_PATTERN,
                Span(source, at, at + len(whole)),
                "the pattern is not closed on its line by /",
                "write /…/ on one line, and \\/ for a slash inside",
            )
    if re.match(r"[0-9]", word) and failure.due & {"NUMBER", "TIME"}:
        return Diagnostic(Code.BAD_NUMBER, span, f"`{word}` is not a number", "write digits, with _ between them if you like, then k or M")
    if word in RESERVED and failure.due & {"NAME", "LABEL"} and not failure.due & _STATEMENTS:
        return Diagnostic(
            Code.RESERVED_WORD, span, f"`{word}` is a word of the language", f'to use it as a value or label, quote it: "{word}"'
        )
    message = f"{_due(failure.due)} is due here, not {_quoted(word)}"
    return Diagnostic(Code.SYNTAX_ERROR, span, message, _hint(source, at, end, word, failure.due))


def _bad_number_before(source: Source, start: int, at: int) -> Diagnostic | None:
    """A number right before the failure that took in what follows it: `60kand`."""
    match = _NUMBER_BEFORE.search(source.text[start:at])
    if match is None:
        return None
    try:
        read_number(match.group(1))
    except LiteralError as error:
        span = Span(source, start + match.start(1), start + match.end(1))
        return Diagnostic(error.code, span, error.message, error.hint)
    return None


def _incomplete(source: Source, start: int, end: int, due: Set[str]) -> Diagnostic:
    """The statement ends too early: point right behind its last word."""
    text = re.sub(
        r'("(?:[^"\\\r\n]|\\[^\r\n])*"|/(?:[^/\\\r\n]|\\[^\r\n])+/)|#[^\n]*',
        lambda match: match.group(1) or " " * len(match.group()),
        source.text[start:end],
    )
    last = start + len(text.rstrip())
    word = source.text[start:end].split(maxsplit=1)[0] if text.strip() else ""
    hint = {
        "when": "a rule is written when CONDITION -> LABEL",
        "default": "write default -> LABEL",
        "let": "write let NAME = EXPRESSION",
        "include": 'write include "other.ccp"',
        "timezone": 'write timezone "Area/City"',
        "predicate": 'write predicate NAME = "package.module.Thing"(…)',
        "assert": "write assert when CONDITION -> never LABEL, or -> only LABEL",
        "version": "write version 1",
    }.get(word)
    return Diagnostic(
        Code.SYNTAX_ERROR, Span(source, max(last - 1, start), last), f"the statement ends too early: {_due(due)} is due next", hint
    )


def _due(due: Set[str]) -> str:
    """The terminals that were due, in words."""
    words: list[str] = []
    left = set(due)
    if left & {"LABEL", "KEEP"}:
        words.append("a label" if "KEEP" not in left else "a label, a percentage, keep or reject")
        left -= {"LABEL", "KEEP", "REJECT", "PERCENT", "TEXT", "DEFAULT"}
    if left >= _OPERANDS:
        words.append("a fact, a value or a condition")
        left = set()
    if "ARROW" in left:
        words.append('"->"')
        left.discard("ARROW")
    if left >= {"EQUAL", "MATCHES"} and "PLUS" not in left:
        return "an operator on the elements (==, !=, in, not in, matches, contains, starts with, ends with)"
    if left & _OPERATORS >= {"PLUS", "LESS"} or {"AND", "OR"} <= left:
        words.append("an operator")
        left &= {"RPAR", "RSQB", "COMMA", "DOTS"}
    if left & _STATEMENTS >= {"LET", "INCLUDE"}:
        left -= _STATEMENTS | {"$END"}
        words.append("a statement (" + ", ".join(STATEMENT_KEYWORDS) + ")" if not left else "the next statement")
        left &= {"BECAUSE", "FALLBACK", "BY", "COMMA"}
    words += [_SPELLED.get(name, name.lower()) for name in sorted(left - {"$END", "PLUS", "TIMES", "MINUS"})]
    return " or ".join(words) if words else "the end"


def _quoted(word: str) -> str:
    return f"`{word if len(word) <= 40 else word[:37] + '…'}`"


def _sign_around(source: Source, start: int, at: int, end: int) -> Span | None:
    """The signs that the place is among, if together they are what another language writes, or a `==` of which one `=` was due."""
    text = source.text
    before = after = at
    while before > start and text[before - 1] in _SIGNS:
        before -= 1
    while after < end and text[after] in _SIGNS:
        after += 1
    sign = text[before:after]
    return Span(source, before, after) if sign in _INSTEAD or (sign == "==" and before < at) else None


def _hint(source: Source, at: int, end: int, word: str, due: Set[str]) -> str | None:
    previous = source.text[:at].rsplit(None, 1)[-1:] if at else []
    if word == "not" or (previous == ["not"] and word in KEYWORDS):
        return "`not in` is the only operator with not in it; write not (a matches b)"
    if word == "=>" and "->" in source.text[at:end]:
        return "write >="
    if word in ("=", "==") and "ARROW" in due and "EQUAL" not in due:
        return "write ->"
    if word in _INSTEAD:
        return _INSTEAD[word]
    if word == "," and "ARROW" in due:
        digits = re.search(r"(?<![\w.])[0-9]{1,3}\Z", source.text[:at]), re.match(r"(?:,[0-9]{3})+(?!\w)", source.text[at:])
        if digits[0] and digits[1]:
            return f"write {(digits[0].group() + digits[1].group()).replace(',', '_')}"
        return "several values stand in brackets: [A, B]; several conditions are joined by and, or"
    lower = word.lower()
    if lower != word and lower in KEYWORDS:
        return f"keywords are lower case: write {lower}"
    candidates = [name.lower() for name in due if name.lower() in KEYWORDS]
    close = get_close_matches(lower, candidates, 1, 0.66)
    if close and re.fullmatch(r"[A-Za-z_]+", word):
        return f"did you mean {close[0]}?"
    if {"LABEL"} & set(due) and not re.match(r"[A-Za-z0-9_@]", word):
        return 'a label starts with a letter, a digit, _ or @; anything else goes in quotes: "…"'
    if "ARROW" in due and re.match(r"[A-Za-z0-9_@\"]", word):
        return "did you forget -> before the label, or an operator before this?"
    return None
