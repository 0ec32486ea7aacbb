"""Slips of syntax that take several words to see, each with what to write instead of all of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from ccproxy.diagnostics import Code, Diagnostic, Edit, Fix
from ccproxy.diagnostics.fix import quote, replace
from ccproxy.frozen import frozen
from ccproxy.language.literals import LABEL_FUNCTIONS
from ccproxy.language.tokens import Token
from ccproxy.source import Source, Span


@frozen
class _Place:
    """The token that is in the way, among the others of its statement."""

    source: Source
    code: Sequence[Token]
    index: int

    @property
    def token(self) -> Token:
        return self.code[self.index]

    def at(self, offset: int) -> Token | None:
        """The token so many behind this one; None past either end."""
        index = self.index + offset
        return self.code[index] if 0 <= index < len(self.code) else None

    def text(self, offset: int) -> str:
        """The text of the token so many behind this one, empty past either end."""
        token = self.at(offset)
        return "" if token is None else token.text

    def span(self, first: int, last: int) -> Span:
        """From the one token to the other, by their offsets."""
        return Span(self.source, self.code[self.index + first].start, self.code[self.index + last].end)

    def bracket(self, opening: str, closing: str) -> Span | None:
        """The innermost brackets around the token, on its line."""
        line = self.source.text.rfind("\n", 0, self.token.start) + 1
        start = self.source.text.rfind(opening, line, self.token.start)
        end = self.source.text.find(closing, self.token.end)
        if start < 0 or end < 0 or "\n" in self.source.text[start:end]:
            return None
        return Span(self.source, start, end + 1)


def slip(source: Source, code: Sequence[Token], index: int) -> Diagnostic | None:
    """The diagnostic for a syntax error at this token if it is one of the slips."""
    place = _Place(source, code, index)
    return next((found for find in _SLIPS if (found := find(place))), None)


def _problem(span: Span, message: str, hint: str, *fixes: Fix) -> Diagnostic:
    return Diagnostic(Code.SYNTAX_ERROR, span, message, hint, fixes=fixes)


def _invisible(place: _Place) -> Diagnostic | None:
    character = place.token.text[:1]
    if character.isascii() or unicodedata.category(character) not in ("Zs", "Cf"):
        return None
    span = Span(place.source, place.token.start, place.token.start + 1)
    name = f"U+{ord(character):04X} ({unicodedata.name(character, 'no name').lower()})"
    is_space = unicodedata.category(character) == "Zs"
    hint, like = ("write a space", "a space") if is_space else ("take it out", "nothing")
    return _problem(span, f"here is {name}, which looks like {like}", hint, replace(span, " " * is_space, hint))


_MARKER = re.compile(r"^(<{7}|={7}|>{7})(?: .*)?(?:\n|\Z)", re.MULTILINE)


def _merge_conflict(place: _Place) -> Diagnostic | None:
    if _MARKER.match(place.source.text, place.token.start) is None:
        return None
    lines = [Span(place.source, found.start(), found.end()) for found in _MARKER.finditer(place.source.text)]
    fix = Fix("keep both, leave out the marks", tuple(Edit(line, "") for line in lines))
    span = Span(place.source, place.token.start, place.token.start + 7)
    return _problem(span, "a merge conflict is left here", "keep one of the two, and leave out the lines <<<<<<<, ======= and >>>>>>>", fix)


def _is_not(place: _Place) -> Diagnostic | None:
    if place.token.text.lower() != "is" or place.text(1) != "not":
        return None
    span = place.span(0, 1)
    return _problem(span, "`is not` is no operator", "write !=", replace(span, "!="))


_UNITS = {"k": "k", "K": "k", "m": "M", "M": "M"}


def _unit(place: _Place) -> Diagnostic | None:
    before = place.at(-1)
    if before is None or before.type != "NUMBER" or place.token.text not in _UNITS or not before.text[-1].isdigit():
        return None
    span, better = place.span(-1, 0), before.text + _UNITS[place.token.text]
    return _problem(span, f"the {place.token.text} stands right behind its number", f"write {better}", replace(span, better))


def _parentheses(place: _Place) -> Diagnostic | None:
    brackets = place.bracket("(", ")") if place.token.text == "," else None
    if brackets is None or re.search(r"\bin\s*\Z", place.source.text[: brackets.start]) is None:
        return None
    better = f"[{brackets.text[1:-1]}]"
    return _problem(brackets, "a list stands in brackets", f"write {better}", replace(brackets, better))


def _range_in_brackets(place: _Place) -> Diagnostic | None:
    brackets = place.bracket("[", "]") if place.token.text == ".." else None
    if brackets is None or "," in brackets.text:
        return None
    better = brackets.text[1:-1].strip()
    return _problem(brackets, "a range stands without brackets", f"write {better}", replace(brackets, better))


_COMPARING = ("<", "<=", ">", ">=", "==", "!=")


def _subject_left_out(place: _Place) -> Diagnostic | None:
    subject = place.at(-4)
    if place.token.text not in _COMPARING or place.text(-1) not in ("and", "or") or place.text(-3) not in _COMPARING:
        return None
    if subject is None or subject.type != "NAME":
        return None
    better = f"{subject.text} {place.token.text}"
    span = place.span(0, 0)
    return _problem(span, f"`{span.text}` has nothing on its left", f"write {better} …", replace(span, better))


def _length(place: _Place) -> Diagnostic | None:
    function = place.at(-2)
    if place.text(-1) != "(" or function is None or function.text not in ("len", "length", "size", "Count", "COUNT"):
        return None
    span = place.span(-2, -2)
    return _problem(span, f"there is no function `{span.text}`", "write count", replace(span, "count"))


def _timeout(place: _Place) -> Diagnostic | None:
    if place.token.text != "timeout":
        return None
    value = place.at(1)
    last = 1 if value is not None and value.type in ("NUMBER", "LABEL") else 0
    before = place.at(-1)
    start = place.token.start if before is None else before.end
    gone = Span(place.source, start, place.span(0, last).end)
    hint = "leave it out: LiteLLM's config has the timeout of a model"
    return _problem(place.span(0, last), "a rule has no timeout", hint, replace(gone, "", "leave it out"))


_SHARES = re.compile(r"(?<=->)\s*[0-9.]+\s+[^\s,%]+(?:\s*,\s*[0-9.]+\s+[^\s,%]+)+")


def _percentages(place: _Place) -> Diagnostic | None:
    text = place.source.text
    start = text.rfind("\n", 0, place.token.start) + 1
    line = text[start : (text + "\n").index("\n", start)]
    found = _SHARES.search(line)
    if found is None:
        return None
    written = found[0].strip()
    begin = start + found.end() - len(found[0].lstrip())
    span = Span(place.source, begin, begin + len(written))
    better = re.sub(r"(^|,\s*)([0-9.]+)", r"\1\2%", written)
    return _problem(span, "a share is a percentage", f"write {better}", replace(span, better))


_PLAIN = re.compile(r"[A-Za-z0-9_@./:-]+")


def _two_words(place: _Place) -> Diagnostic | None:
    before, token = place.at(-1), place.token
    if before is None or before.type != "LABEL" or token.type != "NAME" or not _PLAIN.fullmatch(before.text):
        return None
    between = place.source.text[before.end : token.start]
    after = place.at(1)
    if between.strip(" ") or (after is not None and "\n" not in place.source.text[token.end : after.start]):
        return None
    span = place.span(-1, 0)
    better = f'"{span.text}"'
    return _problem(
        place.span(0, 0), "a label of two words stands in quotes", f"write {better}", replace(span, better, f"quote it: {better}")
    )


_TEXT = re.compile(
    r"(?:[=!]=|\b(?:matches|contains|with)|[\[,])[ \t]*(?P<text>(?!/)[\w*?.:@/-]*[A-Za-z][\w*?.:@/-]*)(?=[ \t,\])]|$)", re.MULTILINE
)


def _unquoted(place: _Place) -> Diagnostic | None:
    """A name of a model or a glob where a text is due, without its quotes: the error is at what no name can have, or right behind it."""
    signs = [token for token in (place.token, place.at(-1)) if token is not None and token.text.startswith(("*", "/", "?", ":", "@"))]
    if not signs:
        return None
    text, at = place.source.text, signs[0].start
    start = text.rfind("\n", 0, at) + 1
    for found in _TEXT.finditer(text, start, (text + "\n").index("\n", start)):
        if found.start("text") <= at < found.end("text"):
            span = Span(place.source, found.start("text"), found.end("text"))
            better = f'"{span.text}"'
            return _problem(span, "a text stands in quotes", f"write {better}", replace(span, better, f"quote it: {better}"))
    return None


_STARRED = re.compile(r"[\w.:@/-]+\*[\w*.:@/-]*(?=[ \t,]|$)", re.MULTILINE)


def _starred_label(place: _Place) -> Diagnostic | None:
    """A label with a star in it, such as LiteLLM's `anthropic/*`, without its quotes."""
    before = place.at(-1)
    if before is None or before.type != "LABEL" or before.text.startswith('"') or before.end != place.token.start:
        return None
    found = _STARRED.match(place.source.text, before.start)
    if found is None:
        return None
    span = Span(place.source, found.start(), found.end())
    return _problem(span, "a label with a star in it stands in quotes", f'quote it: "{span.text}"', quote(span))


def _label_without_parentheses(place: _Place) -> Diagnostic | None:
    if place.text(-1) not in LABEL_FUNCTIONS or place.token.type not in ("NAME", "TEXT"):
        return None
    span = place.span(-1, 0)
    better = f"{place.text(-1)}({place.token.text})"
    return _problem(span, f"the label of `{place.text(-1)}` stands in parentheses", f"write {better}", replace(span, better))


_SLIPS: tuple[Callable[[_Place], Diagnostic | None], ...] = (
    _invisible,
    _merge_conflict,
    _is_not,
    _unit,
    _parentheses,
    _range_in_brackets,
    _subject_left_out,
    _length,
    _timeout,
    _percentages,
    _two_words,
    _unquoted,
    _starred_label,
    _label_without_parentheses,
)
