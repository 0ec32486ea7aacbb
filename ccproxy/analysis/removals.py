"""Edits that leave a policy doing just what it does: rules and parts of conditions left out that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ccproxy.analysis.fuel import Work
from ccproxy.analysis.parts import Decided, Parts
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.space.model import Impossible, Possible
from ccproxy.checks import CheckedPolicy
from ccproxy.language import syntax
from ccproxy.source import Source, Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what the span covers. `message` says what is done."""

    span: Span
    replacement: str
    message: str


def fix(checked: CheckedPolicy, work: Work | None = None) -> list[Edit]:
    """Edits that together change no decision: each was proved to change none when those before it are made.

    Nothing is edited where a comment would go with it.
    """
    reach = Reach(checked, work)
    gone: set[int] = set()
    edits: list[Edit] = []
    for number, view in enumerate(reach.rules):
        if view.rule is None or view.rule.condition is None:
            continue
        span = _whole_lines(view.rule.span)
        if span is not None and _can_go(reach, number, gone):
            gone.add(number)
            edits.append(Edit(span, "", f"leave out the rule on line {view.rule.span.line}"))
    for number, view in enumerate(reach.rules):
        if number in gone or view.rule is None or view.rule.condition is None:
            continue
        if isinstance(reach.wins(number), Possible) and not reach.always(number):
            edits += _part_edits(reach.parts(number, gone), view.rule.condition)
    for name, let in checked.lets.items():
        parts = reach.let_parts(name)
        if parts is not None:
            edits += _part_edits(parts, let.value)
    return edits


def _can_go(reach: Reach, number: int, gone: set[int]) -> bool:
    """Whether leaving the rule out changes nothing, when those in `gone` are left out already."""
    if isinstance(reach.holds(number), Impossible):
        return False  # a mistake that somebody has to look at
    if isinstance(reach.wins(number), Impossible):
        return isinstance(reach.outside(reach.rules[number].formula, number, gone), Impossible)
    return reach.is_redundant(number, gone)


def _part_edits(parts: Parts, condition: syntax.Expression) -> Iterator[Edit]:
    dropped: dict[int, list[Decided]] = {}
    for decided in parts.decided(condition):
        dropped.setdefault(id(decided.parent), []).append(decided)
    for group in dropped.values():
        yield from _gaps(group[0].parent, [decided.part for decided in group])


def _gaps(parent: syntax.And | syntax.Or, dropped: list[syntax.Expression]) -> Iterator[Edit]:
    """What of the parent is not in an operand that is kept, where one is dropped. Nothing where a comment stands there."""
    source = parent.span.source
    kept = [operand for operand in parent.operands if not any(operand is part for part in dropped)]
    word = " and " if isinstance(parent, syntax.And) else " or "
    starts = [parent.span.start, *(operand.span.end for operand in kept)]
    ends = [*(operand.span.start for operand in kept), parent.span.end]
    if len(kept) == 1 and isinstance(syntax.bare(kept[0]), syntax.Call):
        return  # nothing would say any more that a body's value is a condition
    edits = []
    for start, end in zip(starts, ends, strict=True):
        gone = [part for part in parent.operands if start <= part.span.start and part.span.end <= end]
        if gone:
            inner = start > parent.span.start and end < parent.span.end
            texts = ", ".join(f"`{' '.join(part.span.text.split())}`" for part in gone)
            edits.append(Edit(Span(source, start, end), word if inner else "", f"leave out {texts}"))
    if not any("#" in _outside_quotes(edit.span.text) for edit in edits):
        yield from edits


def _whole_lines(span: Span) -> Span | None:
    """The lines of a statement with their end; None where something else, or a comment, stands on them."""
    source: Source = span.source
    text = source.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end + 1
    if text[start : span.start].strip() or text[span.end : end].strip() or "#" in _outside_quotes(span.text):
        return None
    return Span(source, start, end)


def _outside_quotes(text: str) -> str:
    """The text without what stands in quotes or between slashes."""
    kept = []
    closing = ""
    escaped = False
    for character in text:
        if closing:
            if not escaped and character == closing:
                closing = ""
            escaped = character == "\\" and not escaped
        elif character in '"/':
            closing = character
        else:
            kept.append(character)
    return "".join(kept)
