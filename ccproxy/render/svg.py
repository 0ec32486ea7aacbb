"""The picture of a policy as SVG: a ladder of rules, each with an arrow to where it leads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from ccproxy.render.mermaid import class_of, notes_of
from ccproxy.render.picture import Picture, Step

_CHARACTER, _LINE = 7.3, 17
"""Pixels that a character is wide and a line is high, at a font size of 12."""
_PADDING, _GAP, _MARGIN = 10, 34, 24
_WIDTH = 64
"""Characters of a line."""
_COLOURS = {
    "": ("#eef2f8", "#51627f", "#1b2433"),
    "unreachable": ("#eeeeee", "#bbbbbb", "#999999"),
    "hit": ("#d7f0dd", "#2c7a45", "#12331d"),
    "missed": ("#fde3d3", "#b4501e", "#4a1f09"),
}
"""Fill, line and text."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(picture: Picture) -> str:
    """The picture's text, a whole SVG file."""
    steps = [(step, _rule_lines(step), _wrapped(step.target)) for step in picture.steps]
    left = max((_width(lines) for _, lines, _ in steps), default=0)
    right = max((_width(lines) for _, _, lines in steps), default=0)
    target_at = _MARGIN + left + 90
    parts: list[str] = []
    top: float = _MARGIN + 28
    for place, (step, rule, target) in enumerate(steps):
        height = max(_height(rule), _height(target))
        middle = top + height / 2
        if place:
            x = _MARGIN + 40
            parts += [_arrow(x, top - _GAP, x, top), _text(x + 8, top - _GAP / 2 + 4, "no", "#51627f")]
        parts += _box(_Frame(_MARGIN, top, left, height, 3), step, rule)
        parts += _box(_Frame(target_at, top, right, height, 14), step, target)
        parts += [_arrow(_MARGIN + left, middle, target_at, middle)]
        parts += [_text(_MARGIN + left + 10, middle - 6, "yes" if step.asks else "all others", "#51627f")]
        top += height + _GAP
    width, total = target_at + right + _MARGIN, top - _GAP + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{total:.0f}" viewBox="0 0 {width:.0f} {total:.0f}" '
        'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">'
    )
    marker = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#51627f"/></marker></defs>'
    )
    ground = f'<rect width="{width:.0f}" height="{total:.0f}" fill="#ffffff"/>'
    title = f'<text x="{_MARGIN}" y="{_MARGIN + 6}" font-weight="bold" fill="#1b2433">{_plain(picture.name)}</text>'
    return "\n".join([head, marker, ground, title, *parts, "</svg>", ""])


def _rule_lines(step: Step) -> list[str]:
    number = f"{step.number} · " if step.number else ""
    return [*_wrapped(f"{number}{step.name}"), *(line for note in notes_of(step) for line in _wrapped(note))]


class _Frame(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    corner: int


def _box(frame: _Frame, step: Step, lines: list[str]) -> Iterator[str]:
    fill, line, ink = _COLOURS[class_of(step)]
    dashes = "" if step.reachable else ' stroke-dasharray="4 3"'
    yield (
        f"<g><title>{_plain(step.place or 'implied')}</title>"
        f'<rect x="{frame.x:.1f}" y="{frame.y:.1f}" width="{frame.width:.1f}" height="{frame.height:.1f}" rx="{frame.corner}" '
        f'fill="{fill}" stroke="{line}"{dashes}/>'
    )
    first = frame.y + (frame.height - len(lines) * _LINE) / 2 + 12
    for number, text in enumerate(lines):
        yield _text(frame.x + _PADDING, first + number * _LINE, text, ink)
    yield "</g>"


def _text(x: float, y: float, text: str, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" xml:space="preserve">{_plain(text)}</text>'


def _arrow(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<path d="M{x:.1f} {y:.1f} {to_x:.1f} {to_y:.1f}" stroke="#51627f" fill="none" marker-end="url(#tip)"/>'


def _plain(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text), quote=False)


def _width(lines: list[str]) -> float:
    return max(map(_columns, lines), default=0) * _CHARACTER + 2 * _PADDING


def _height(lines: list[str]) -> float:
    return len(lines) * _LINE + 2 * _PADDING


def _columns(text: str) -> int:
    """How many characters wide a text is; those of East Asian scripts count twice."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _wrapped(text: str) -> list[str]:
    """The text in lines, broken at spaces, before `and`, `or` and `fallback` if there are any; a long word is cut."""
    lines: list[str] = []
    rest = text
    while _columns(rest) > _WIDTH:
        head = _fitting(rest)
        indentation = len(rest) - len(rest.lstrip())
        joints = [match.start() for match in re.finditer(r" (?=(?:and|or|fallback) )", head) if match.start() > indentation]
        space = head.rfind(" ")
        at = joints[-1] if joints else space if space > indentation else len(head)
        lines.append(rest[:at])
        rest = "    " + rest[at:].lstrip()
    return [*lines, rest]


def _fitting(text: str) -> str:
    """As much of a text as fits a line."""
    used = 0
    for at, character in enumerate(text):
        used += _columns(character)
        if used > _WIDTH:
            return text[:at]
    return text
