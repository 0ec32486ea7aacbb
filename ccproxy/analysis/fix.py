"""Edits that leave a policy doing just what it does: rules and parts of conditions left out that change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ccproxy import syntax
from ccproxy.analysis.model import Impossible, Possible
from ccproxy.analysis.parts import Decided, Parts
from ccproxy.analysis.reach import Reach
from ccproxy.analysis.work import Work
from ccproxy.checks import CheckedPolicy
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
        if number not in gone and view.rule is not None and view.rule.condition is not None:
            edits += _part_edits(reach, number, view.rule.condition, gone)
    return edits


def _can_go(reach: Reach, number: int, gone: set[int]) -> bool:
    """Whether leaving the rule out changes nothing, when those in `gone` are left out already."""
    if isinstance(reach.holds(number), Impossible):
        return False  # a mistake that somebody has to look at
    if isinstance(reach.wins(number), Impossible):
        return isinstance(reach.outside(reach.rules[number].formula, number, gone), Impossible)
    return reach.is_redundant(number) and reach.changes_nothing(number, gone)


def _part_edits(reach: Reach, number: int, condition: syntax.Expression, gone: set[int]) -> Iterator[Edit]:
    if not isinstance(reach.wins(number), Possible) or reach.always(number):
        return
    parts = Parts(reach.model.formulas, reach.view.translator.condition, lambda formula: reach.outside(formula, number, gone))
    dropped: dict[int, list[Decided]] = {}
    for decided in parts.decided(condition):
        dropped.setdefault(id(decided.parent), []).append(decided)
    for group in dropped.values():
        parent = group[0].parent
        out = [decided.part for decided in group]
        kept = [operand for operand in parent.operands if not any(operand is part for part in out)]
        if "#" in _between(parent, kept):
            continue
        word = " and " if isinstance(parent, syntax.And) else " or "
        yield Edit(
            parent.span, word.join(operand.span.text for operand in kept), f"leave out `{'`, `'.join(part.span.text for part in out)}`"
        )


def _between(parent: syntax.And | syntax.Or, kept: list[syntax.Expression]) -> str:
    """What of the parent's text is not in the operands that are kept."""
    text = ""
    at = parent.span.start
    for operand in kept:
        text += parent.span.source.text[at : operand.span.start]
        at = operand.span.end
    return text + parent.span.source.text[at : parent.span.end]


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
