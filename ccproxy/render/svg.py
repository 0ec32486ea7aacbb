"""Renders the picture of a policy as SVG: a ladder of rules, each with an arrow to its target."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement  # nosec B405: written, never parsed

from ccproxy.render.mermaid import class_of, notes_of
from ccproxy.render.picture import Picture, Step
from ccproxy.render.xml_text import document, writable

_CHARACTER, _LINE = 7.3, 17
"""Pixels: the width of a character and the height of a line at font size 12."""
_PADDING, _GAP, _MARGIN = 10, 34, 24
_WIDTH = 64
"""Maximum characters of a line."""
_COLOURS = {
    "": ("#eef2f8", "#51627f", "#1b2433"),
    "unreachable": ("#eeeeee", "#bbbbbb", "#999999"),
    "hit": ("#d7f0dd", "#2c7a45", "#12331d"),
    "missed": ("#fde3d3", "#b4501e", "#4a1f09"),
}
"""The colours of fill, line and text."""
_PLAIN = "#51627f"


def svg(picture: Picture) -> str:
    """The text of a complete SVG file."""
    steps = [(step, _rule_lines(step), _wrapped(step.target)) for step in picture.steps]
    left = max((_width(lines) for _, lines, _ in steps), default=0)
    right = max((_width(lines) for _, _, lines in steps), default=0)
    target_at = _MARGIN + left + 90
    total = _MARGIN + 28 + sum(max(_height(rule), _height(target)) + _GAP for _, rule, target in steps) - _GAP + _MARGIN
    root = _root(target_at + right + _MARGIN, total)
    title = SubElement(root, "text", {"x": f"{_MARGIN}", "y": f"{_MARGIN + 6}", "font-weight": "bold", "fill": "#1b2433"})
    title.text = writable(picture.name)
    top: float = _MARGIN + 28
    for place, (step, rule, target) in enumerate(steps):
        height = max(_height(rule), _height(target))
        middle = top + height / 2
        if place:
            x = _MARGIN + 40
            _arrow(root, (x, top - _GAP), (x, top))
            _text(root, x + 8, top - _GAP / 2 + 4, "no")
        _box(root, _Frame(_MARGIN, top, left, height, 3), step, rule)
        _box(root, _Frame(target_at, top, right, height, 14), step, target)
        _arrow(root, (_MARGIN + left, middle), (target_at, middle))
        _text(root, _MARGIN + left + 10, middle - 6, "yes" if step.asks else "all others")
        top += height + _GAP
    return document(root) + "\n"


def _root(width: float, height: float) -> Element:
    """The document with its background and arrowheads."""
    size = {"width": f"{width:.0f}", "height": f"{height:.0f}"}
    font = {"font-family": "ui-monospace, Menlo, Consolas, monospace", "font-size": "12"}
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", **size, "viewBox": f"0 0 {width:.0f} {height:.0f}", **font})
    tip = {"id": "tip", "viewBox": "0 0 8 8", "refX": "8", "refY": "4", "markerWidth": "8", "markerHeight": "8", "orient": "auto"}
    SubElement(SubElement(SubElement(root, "defs"), "marker", tip), "path", d="M0 0 8 4 0 8z", fill=_PLAIN)
    SubElement(root, "rect", {**size, "fill": "#ffffff"})
    return root


def _rule_lines(step: Step) -> list[str]:
    number = f"{step.number} · " if step.number else ""
    return [*_wrapped(f"{number}{step.name}"), *(line for note in notes_of(step) for line in _wrapped(note))]


class _Frame(NamedTuple):
    x: float
    y: float
    width: float
    height: float
    corner: int


def _box(root: Element, frame: _Frame, step: Step, lines: list[str]) -> None:
    fill, line, ink = _COLOURS[class_of(step)]
    group = SubElement(root, "g")
    SubElement(group, "title").text = writable(step.place or "implied")
    place = {"x": frame.x, "y": frame.y, "width": frame.width, "height": frame.height}
    corner = {"rx": str(frame.corner), "fill": fill, "stroke": line}
    dashes = {} if step.reachable else {"stroke-dasharray": "4 3"}
    SubElement(group, "rect", {**{name: f"{value:.1f}" for name, value in place.items()}, **corner, **dashes})
    first = frame.y + (frame.height - len(lines) * _LINE) / 2 + 12
    for number, text in enumerate(lines):
        _text(group, frame.x + _PADDING, first + number * _LINE, text, ink)


def _text(parent: Element, x: float, y: float, text: str, colour: str = _PLAIN) -> None:
    element = SubElement(parent, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "fill": colour, "xml:space": "preserve"})
    element.text = writable(text)


def _arrow(root: Element, start: tuple[float, float], end: tuple[float, float]) -> None:
    way = "M{:.1f} {:.1f} {:.1f} {:.1f}".format(*start, *end)
    SubElement(root, "path", {"d": way, "stroke": _PLAIN, "fill": "none", "marker-end": "url(#tip)"})


def _width(lines: list[str]) -> float:
    return max(map(_columns, lines), default=0) * _CHARACTER + 2 * _PADDING


def _height(lines: list[str]) -> float:
    return len(lines) * _LINE + 2 * _PADDING


def _columns(text: str) -> int:
    """The width of a text in characters; wide East Asian ones count twice."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _wrapped(text: str) -> list[str]:
    """The text in lines, broken at spaces, preferably before `and`, `or` and `fallback`; a long word is cut."""
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
    """As much of a text as fits on a line."""
    used = 0
    for at, character in enumerate(text):
        used += _columns(character)
        if used > _WIDTH:
            return text[:at]
    return text
