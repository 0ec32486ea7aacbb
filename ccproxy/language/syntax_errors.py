"""Describes syntax errors: what was expected, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from typing import get_args

from ccproxy.closest import closest
from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.diagnostics.fix import quote, replace
from ccproxy.language.literals import KEYWORDS, LABEL_CHARACTERS, LABEL_SIGNS, RESERVED, STATEMENT_KEYWORDS, LiteralError, read_number
from ccproxy.language.slips import slip
from ccproxy.language.syntax import Infix
from ccproxy.language.tokens import SIGNS, STATEMENT_TYPES, WORD_TYPES, Token, label_at
from ccproxy.source import Source, Span

_Hint = tuple[str, str | None]
"""The help, and the replacement for the wrong text if it is known."""


def _write(word: str) -> _Hint:
    return f"write {word}", word


_INSTEAD: dict[str, _Hint] = {
    "=": ("to compare, write ==", "=="),
    "===": _write("=="),
    "&&": _write("and"),
    "&": _write("and"),
    "||": _write("or"),
    "|": _write("or"),
    "!": ("write not, or != to compare", None),
    "=>": _write("->"),
    "==>": _write("->"),
    "-->": _write("->"),
    "→": _write("->"),
    "<>": _write("!="),
    "!==": _write("!="),
    "≠": _write("!="),
    "≥": _write(">="),
    "≤": _write("<="),
    "=<": _write("<="),
    "=~": ("write matches /…/", None),
    "~=": ("write matches /…/", None),
    "~": ("write matches /…/", None),
    "!~": ("write not (a matches /…/)", None),
    ";": ("statements need no semicolon", ""),
    ":": ("a rule is written when CONDITION -> LABEL", None),
    "'": ('text stands in double quotes: "…"', None),
    "`": ('text stands in double quotes: "…"', None),
    "“": ('text stands in double quotes: "…"', None),
    "//": ("a comment starts with #", None),
    "/*": ("a comment starts with #", None),
    "--": ("a comment starts with #", None),
    "if": ("a rule starts with when", "when"),
    "elif": ("rules are tried in order; write a further when", None),
    "else": ("write default -> LABEL", None),
    "otherwise": ("write default -> LABEL", None),
    "then": _write("->"),
    "is": _write("=="),
    "equals": _write("=="),
    "equal": _write("=="),
    "like": _write("matches"),
    "rule": ("a rule starts with when", None),
    "-": ("numbers have no sign; to subtract, write a - b", None),
    "%": ("a percentage stands only in a split: 90% a, 10% b", None),
    "startswith": _write("starts with"),
    "endswith": _write("ends with"),
    "starts_with": _write("starts with"),
    "ends_with": _write("ends with"),
}

_MEANT = {"if": "when", "elif": "when", "rule": "when", "else": "default", "otherwise": "default"}

_OPERATORS = {"AND", "OR", "EQUAL", "IN", "MATCHES", "PLUS", "LESS"}
_OPERANDS = {"NUMBER", "LPAR", "HAS"}
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
    "FUNCTION": "a name",
    "TEXT": 'a text in quotes ("…")',
    "NUMBER": "a number",
    "NEVER": '"never"',
    "ONLY": '"only"',
    "WITH": '"with"',
    "WHEN": '"when"',
    "PERCENT": "a percentage",
    "IN": '"in"',
}


def keyword_meant(word: str) -> str | None:
    """The statement's keyword that `word` was meant for, if it is a misspelling of one or another language's word for it."""
    if word in KEYWORDS or word in _INSTEAD:
        return _MEANT.get(word)
    return closest(word.lower(), STATEMENT_KEYWORDS, 0.66)


def describe(source: Source, code: Sequence[Token], index: int, due: Set[str]) -> Diagnostic:
    """The diagnostic for a syntax error at the token of this index, where tokens of the types `due` were expected."""
    if index == len(code):
        return _incomplete(source, code, due)
    token = code[index]
    word = label_at(source.text, token.start) if token.type == "NAME" else token.text
    span = Span(source, token.start, token.start + len(word))
    if found := slip(source, code, index):
        return found
    if index and (number := _bad_number(source, code[index - 1])):
        return number
    if index and (bracketed := _bracketed(source, code[index - 1], token)):
        return bracketed
    if token.type == "OPEN_TEXT":
        message, hint = 'the text is not closed on its line by "', 'write "…" on one line; \\n stands for a line break'
        return Diagnostic(Code.UNCLOSED_TEXT, Span(source, token.start, token.start + len(word.rstrip())), message, hint)
    if token.type == "OPEN_PATTERN":
        if "PATTERN" in due and not word.startswith("/*"):
            message, hint = "the pattern is not closed on its line by /", "write /…/ on one line, and \\/ for a slash inside"
            return Diagnostic(Code.UNCLOSED_PATTERN, Span(source, token.start, token.start + len(word.rstrip())), message, hint)
        word = "/*" if word.startswith("/*") else "/"
        span = Span(source, token.start, token.start + len(word))
    if token.type in ("NUMBER", "TIME") and due & {"NUMBER", "TIME"}:
        return Diagnostic(Code.BAD_NUMBER, span, f"`{word}` is not a number", "write digits, with _ between them if you like, then k or M")
    if word in RESERVED and due & {"NAME", "LABEL"} and not due & STATEMENT_TYPES:
        hint = f'to use it as a value or label, quote it: "{word}"'
        return Diagnostic(Code.RESERVED_WORD, span, f"`{word}` is a word of the language", hint, fixes=(quote(span),))
    message = f"{_due(due)} is due here, not {_quoted(word)}"
    if token.type == "UNKNOWN" and any(word.startswith(sign) and type_ in due for sign, type_ in SIGNS.items()):
        message = f"{_quoted(word)} is no operator"
    if word == "," and "ARROW" in due and (commas := _with_commas(source, code, index)):
        digits = commas.text.replace(",", "_")
        return Diagnostic(Code.SYNTAX_ERROR, span, message, f"write {digits}", fixes=(replace(commas, digits),))
    said, better = _hint(code, index, word, due) or (None, None)
    fixes = () if better is None else (replace(span, better, "" if better else "leave it out"),)
    return Diagnostic(Code.SYNTAX_ERROR, span, message, said, fixes=fixes)


def _bad_number(source: Source, token: Token) -> Diagnostic | None:
    """A number that has swallowed what follows it: `60kand`."""
    if token.type != "NUMBER":
        return None
    try:
        read_number(token.text)
    except LiteralError as error:
        return error.diagnostic(source, token.start)
    return None


_BRACKETS = re.compile(r"\[[^\s\[\]\",]+\]")
_SIZE = re.compile(r"\[[0-9]+[A-Za-z]+\]")
"""What can stand in brackets behind a model's name, such as `[1m]`, and isn't an index."""


def _bracketed(source: Source, before: Token, bracket: Token) -> Diagnostic | None:
    """Reports a label, or a text without quotes, that ends in brackets: `claude-opus-5-5[1m]`."""
    is_label = before.type == "LABEL"
    start = before.start if is_label else _word_start(source.text, before.end)
    brackets = (_BRACKETS if is_label else _SIZE).match(source.text, bracket.start)
    if before.end != bracket.start or brackets is None or not (is_label or source.text[start].isalpha()) or before.text.startswith('"'):
        return None
    span = Span(source, start, brackets.end())
    code, what = (Code.BAD_LABEL, "a label") if is_label else (Code.SYNTAX_ERROR, "a text")
    return Diagnostic(code, span, f"{what} with brackets in it stands in quotes", f'quote it: "{span.text}"', fixes=(quote(span),))


def _word_start(text: str, end: int) -> int:
    """Where the word that ends here starts, if it is read as a label: `claude-opus` is three tokens of an expression."""
    line = text[text.rfind("\n", 0, end) + 1 : end]
    return end - len(line[len(line.rstrip(LABEL_CHARACTERS)) :].lstrip(LABEL_SIGNS))


def _incomplete(source: Source, code: Sequence[Token], due: Set[str]) -> Diagnostic:
    """A statement that ends too early: points right after its last word."""
    hint = {
        "WHEN": "a rule is written when CONDITION -> LABEL",
        "DEFAULT": "write default -> LABEL",
        "LET": "write let NAME = EXPRESSION",
        "INCLUDE": 'write include "other.ccp"',
        "TIMEZONE": 'write timezone "Area/City"',
        "PREDICATE": 'write predicate NAME = "package.module.Thing"(…)',
        "ASSERT": "write assert when CONDITION -> never LABEL, or -> only LABEL",
        "VERSION": "write version 1",
    }.get(code[0].type)
    end = code[-1].end
    return Diagnostic(Code.SYNTAX_ERROR, Span(source, end - 1, end), f"the statement ends too early: {_due(due)} is due next", hint)


def _due(due: Set[str]) -> str:
    """The expected terminals, in words."""
    words: list[str] = []
    left = set(due)
    if "PERCENT" in left and "LABEL" in left:
        *others, last = sorted(name.lower() for name in left & WORD_TYPES)
        words.append(f"{', '.join(['a label', 'a percentage', *others])} or {last}")
        left -= {"LABEL", "PERCENT"} | WORD_TYPES
    if left >= _OPERANDS:
        words.append("a fact, a value or a condition")
        left = set()
    if "ARROW" in left:
        words.append('"->"')
        left.discard("ARROW")
    if left >= {"EQUAL", "MATCHES"} and "PLUS" not in left:
        return f"an operator on the elements ({', '.join(get_args(Infix))})"
    if left & _OPERATORS >= {"PLUS", "LESS"} or {"AND", "OR"} <= left:
        words.append("an operator")
        left &= {"RPAR", "RSQB", "COMMA", "DOTS"}
    if left & STATEMENT_TYPES >= {"LET", "INCLUDE"}:
        left -= STATEMENT_TYPES | {"$END"}
        words.append("a statement (" + ", ".join(STATEMENT_KEYWORDS) + ")" if not left else "the next statement")
        left &= {"BECAUSE", "FALLBACK", "BY", "COMMA"}
    words += [_SPELLED.get(name, name.lower()) for name in sorted(left - {"$END", "PLUS", "TIMES", "MINUS"})]
    return " or ".join(words) if words else "the end"


def _quoted(word: str) -> str:
    return f"`{word if len(word) <= 40 else word[:37] + '…'}`"


def _hint(code: Sequence[Token], index: int, word: str, due: Set[str]) -> _Hint | None:
    if word == "not" or (index and code[index - 1].type == "NOT" and word in KEYWORDS):
        return "`not in` is the only operator with not in it; write not (a matches b)", None
    if word == "=>" and any(token.type == "ARROW" for token in code[index:]):
        return _write(">=")
    if word == "==" and "EQUALS" in due:
        return _write("=")
    if word in ("=", "==") and "ARROW" in due and "EQUAL" not in due:
        return _write("->")
    if word in _INSTEAD:
        return _INSTEAD[word]
    if word.startswith(("//", "/*")):
        return _INSTEAD["//"]
    if word.endswith("%"):
        return _INSTEAD["%"]
    if word == "," and "ARROW" in due:
        return "several values stand in brackets: [A, B]; several conditions are joined by and, or", None
    lower = word.lower()
    if lower != word and lower in KEYWORDS:
        return f"keywords are lower case: write {lower}", lower
    candidates = [name.lower() for name in due if name.lower() in KEYWORDS]
    close = closest(lower, candidates, 0.66)
    if close and re.fullmatch(r"[A-Za-z_]+", word):
        return f"did you mean {close}?", close
    if {"LABEL"} & set(due) and not re.match(r"[A-Za-z0-9_@]", word):
        return 'a label starts with a letter, a digit, _ or @; anything else goes in quotes: "…"', None
    if "ARROW" in due and re.match(r"[A-Za-z0-9_@\"]", word):
        return "did you forget -> before the label, or an operator before this?", None
    return None


def _with_commas(source: Source, code: Sequence[Token], index: int) -> Span | None:
    """The span of `60,000`, given its first comma."""
    first = last = code[index - 1]
    while index + 1 < len(code) and code[index].text == "," and re.fullmatch(r"[0-9]{3}", code[index + 1].text):
        if not last.end == code[index].start == code[index + 1].start - 1:
            break
        last = code[index + 1]
        index += 2
    return Span(source, first.start, last.end) if last is not first and re.fullmatch(r"[0-9]{1,3}", first.text) else None
