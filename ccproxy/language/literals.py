"""Reads and writes the literals and names of the language, and says what is wrong with malformed ones."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from ccproxy.diagnostics import Code, Diagnostic
from ccproxy.diagnostics.fix import replace
from ccproxy.source import Source, Span

if TYPE_CHECKING:  # as in `operators`
    from ccproxy.language.syntax import Exact

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

STATEMENT_KEYWORDS = ("when", "default", "let", "include", "timezone", "predicate", "assert", "version")

KEYWORDS = frozenset(STATEMENT_KEYWORDS) | frozenset(
    "because fallback stay keep reject by and or not in matches contains starts ends with "  # noqa: SIM905 (a list of words is most readable as words)
    "any all none has count true false never only".split()
)

RESERVED = KEYWORDS | frozenset(WEEKDAYS)
"""Words that can't be a name or an unquoted label (except `default`, which may be an unquoted label)."""

LABEL_FUNCTIONS = ("fits", "cost", "quota", "healthy")
"""The functions of a label, known by the parenthesis behind them: their names are free elsewhere."""

MAX_PATTERN = 1_000
"""Maximum characters of a pattern."""

MAX_WHOLE = 40
MAX_PLACES = 20
"""Maximum digits of a number before and after the point."""

_NUMBER = re.compile(r"([0-9]+(?:_[0-9]+)*)(?:\.([0-9]+))?([kM]?)")
_TIME = r"([0-9]{1,2}):([0-9]{2})"
_NAME = r"[a-z][a-z0-9_]*"
BARE_LABEL = r"[A-Za-z0-9_@](?:[A-Za-z0-9_./:@+-]*[A-Za-z0-9_./:@+])?"
"""What a label without quotes looks like, as a regular expression."""
_BARE_LABEL = re.compile(BARE_LABEL)
LABEL_SIGNS = "./:+-"
LABEL_CHARACTERS = f"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@{LABEL_SIGNS}"
"""What it is made of; it doesn't start with one of the signs."""
_ESCAPE = r"\\(?:([\"\\nt])|u\{([0-9A-Fa-f]{1,6})\}|)"
_ESCAPED = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


class LiteralError(ValueError):
    """Raised for a malformed literal: the diagnostic's `code`, the range of the literal, what to write, and the replacement, if known."""

    def __init__(
        self, code: Code, offset: int, message: str, hint: str | None = None, length: int = 1, *, replacement: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.offset = offset
        self.message = message
        self.hint = hint
        self.length = length
        self.replacement = replacement

    def diagnostic(self, source: Source, start: int) -> Diagnostic:
        """The diagnostic for the literal, which starts at this offset of a source."""
        span = Span(source, start + self.offset, start + self.offset + self.length)
        fixes = () if self.replacement is None else (replace(span, self.replacement),)
        return Diagnostic(self.code, span, self.message, self.hint, fixes=fixes)


def is_name(text: str) -> bool:
    """Whether a `let` or `predicate` can have this name."""
    return re.fullmatch(_NAME, text) is not None and text not in RESERVED


def is_bare_label(text: str) -> bool:
    """Whether the label can be written without quotes."""
    return _BARE_LABEL.fullmatch(text) is not None and (text not in RESERVED or text == "default")


def exact(number: Fraction) -> Exact:
    """The number as an `int` if it is whole."""
    return number.numerator if number.denominator == 1 else number


def read_number(text: str) -> Exact:
    """The value of `60k`, `1.5M`, `1_000`; LiteralError for a malformed number."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        better = text[:-1] + {"K": "k", "m": "M"}.get(text[-1:], "?")
        replacement = better if _NUMBER.fullmatch(better) else None
        raise LiteralError(Code.BAD_NUMBER, 0, f"`{text}` is not a number", _number_hint(text), len(text), replacement=replacement)
    whole, fraction, suffix = match.groups()
    scale = {"": 1, "k": 1_000, "M": 1_000_000}[suffix]
    digits = fraction or ""
    number = _to_int(whole.replace("_", "") + digits) * scale
    value = exact(Fraction(number, 10 ** len(digits))) if digits else number
    if not is_within_limits(value):
        message = f"the number has more than {MAX_WHOLE} digits before the point or {MAX_PLACES} after it"
        raise LiteralError(Code.NUMBER_TOO_LARGE, 0, message, "no request has such numbers: write a smaller one", len(text))
    return value


def is_number(text: str) -> bool:
    """Whether a text is written as a number."""
    return _NUMBER.fullmatch(text) is not None


def is_within_limits(value: Exact) -> bool:
    """Whether a number has at most `MAX_WHOLE` digits before the point and `MAX_PLACES` after it."""
    places: int = 10**MAX_PLACES % value.denominator
    return abs(value) < 10**MAX_WHOLE and places == 0


def _to_int(digits: str) -> int:
    """`int` without Python's limit on the length of a number's text: a line has at most 4,096 bytes."""
    value = 0
    for start in range(0, len(digits), 4_000):
        part = digits[start : start + 4_000]
        value = value * 10 ** len(part) + int(part)
    return value


def _number_hint(text: str) -> str:
    if re.fullmatch(r"[0-9_.]+[Kmgb]", text):
        return "the suffixes are k (1,000) and M (1,000,000)"
    if match := re.match(r"[0-9]+(?:\.[0-9]+)?[kM]?(?=[A-Za-z])", text):
        return f"put a space between `{match.group()}` and what follows; for a name or label that starts with a digit, quote it"
    return "write digits, with _ between them if you like, then k or M if you like: 60k, 1.5M, 1_000"


def read_time(text: str) -> int:
    """The minutes since midnight of `HH:MM`, `24:00` included; LiteralError for a malformed time."""
    match = re.fullmatch(_TIME, text)
    hours, minutes = (int(match[1]), int(match[2])) if match else (24, 60)
    in_day = hours < 24 and minutes < 60
    if match and len(match[1]) == 2 and (in_day or text == "24:00"):
        return hours * 60 + minutes
    hint = f"write 0{text}" if in_day else "two digits each: 00:00 to 23:59 (24:00 only as the right end of a range)"
    raise LiteralError(Code.BAD_TIME, 0, f"`{text}` is not a time of day", hint, len(text), replacement=f"0{text}" if in_day else None)


def read_text(literal: str) -> str:
    """The value of a quoted text; LiteralError at the backslash of an invalid escape."""

    def replace(match: re.Match[str]) -> str:
        simple, code = match.groups()
        if simple is not None:
            return _ESCAPED[simple]
        if code is None:
            following = literal[match.start() + 1]
            hint = 'the escapes are \\" \\\\ \\n \\t \\u{…}; for a backslash itself write \\\\'
            raise LiteralError(Code.BAD_ESCAPE, match.start(), f"`\\{following}` is no escape", hint, 2, replacement=f"\\\\{following}")
        point = int(code, 16)
        if point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
            message = f"U+{code.upper()} is no Unicode character"
            raise LiteralError(Code.BAD_ESCAPE, match.start(), message, "write a scalar value, such as \\u{1F600}", len(match.group()))
        return chr(point)

    return (re.sub(_ESCAPE, replace, literal) if "\\" in literal else literal)[1:-1]


def read_pattern(literal: str) -> tuple[str, str]:
    """The pattern (`\\/` resolved) and flags (in the order `ims`) of `/…/ims`; LiteralError if malformed.

    Whether RE2 accepts the pattern is for the checks to find out.
    """
    end = literal.rindex("/")
    raw, flags = literal[1:end], literal[end + 1 :]
    for offset, flag in enumerate(flags):
        if flag not in "ims" or flag in flags[:offset]:
            what = f"flag `{flag}` is there twice" if flag in "ims" else f"`{flag}` is no flag"
            hint = "the flags are i (any case), m (^ and $ at each line) and s (. matches line breaks too), each once"
            raise LiteralError(Code.BAD_FLAGS, end + 1 + offset, what, hint)
    if not raw:
        raise LiteralError(Code.BAD_PATTERN, 0, "the pattern is empty", "it would match everything; write what to look for", len(literal))
    if len(raw) > MAX_PATTERN:
        message = f"the pattern has {len(raw):,} characters; the limit is {MAX_PATTERN:,}"
        raise LiteralError(Code.PATTERN_TOO_LONG, 0, message, "split it into several patterns joined by or", len(literal))
    pattern = re.sub(r"\\(.)", lambda match: "/" if match.group(1) == "/" else match.group(), raw)
    return pattern, "".join(flag for flag in "ims" if flag in flags)


# ── Printing: the inverse of reading ─────────────────────────────────────────────────────────────────────────────────


def write_number(value: Exact) -> str:
    """The exact decimal text of a number, with k for whole thousands and M for millions to two places."""
    if value >= 1_000_000 and value % 10_000 == 0:
        return f"{write_decimal(exact(Fraction(value, 1_000_000)))}M"
    if value >= 1_000 and value % 1_000 == 0:
        return f"{value // 1_000}k"
    return write_decimal(value)


def write_decimal(value: Exact) -> str:
    """The exact decimal text of a number whose denominator divides a power of ten."""
    if isinstance(value, int):
        return str(Decimal(value))
    places = 1
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(Decimal(abs(value.numerator) * 10**places // value.denominator)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def write_text(value: str) -> str:
    """The text in quotes, with the four named escapes, and `\\u{…}` for what a policy may not contain literally."""
    plain = value.isascii() and value.isprintable() and '"' not in value and "\\" not in value
    return f'"{value}"' if plain else '"' + "".join(map(_write_character, value)) + '"'


def _write_character(character: str) -> str:
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}.get(character)
    if named is not None:
        return named
    return f"\\u{{{ord(character):X}}}" if is_forbidden(character) else character


def write_pattern(pattern: str, flags: str) -> str:
    """The pattern between slashes."""
    escaped = re.sub(r"\\(.)|/", lambda match: match.group() if match.group(1) else "\\/", pattern)
    return f"/{escaped}/{flags}"


def write_time(minutes: int) -> str:
    """The time as `HH:MM`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def write_label(name: str) -> str:
    """The label, in quotes if it needs them."""
    return name if is_bare_label(name) else write_text(name)


_FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"

_WHITE_SPACE = dict.fromkeys(map(ord, "\t\n\r"), " ")


def is_forbidden(character: str) -> bool:
    """Whether a policy may not contain the character at all: control characters, bidirectional controls."""
    return re.fullmatch(_FORBIDDEN, character) is not None or character == "\r"


def forbidden_characters(text: str) -> list[int]:
    """The offsets of all characters that a policy may not contain (a carriage return is white space)."""
    if text.translate(_WHITE_SPACE).isprintable():  # then it has none, and the expression need not be compiled
        return []
    return [match.start() for match in re.finditer(_FORBIDDEN, text)]
