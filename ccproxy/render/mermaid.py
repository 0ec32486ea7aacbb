"""Renders the picture of a policy as a Mermaid flowchart, which code hosts and wikis draw."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ccproxy.render.picture import Picture, Step

_CLASSES = (
    "classDef unreachable fill:#eeeeee,stroke:#bbbbbb,color:#999999,stroke-dasharray:4 3",
    "classDef hit fill:#d7f0dd,stroke:#2c7a45,color:#12331d",
    "classDef missed fill:#fde3d3,stroke:#b4501e,color:#4a1f09",
)
_MEANS = re.compile(r"[^\w .,:()\[\]/+=-]|__+")
"""Characters that may have a meaning in Mermaid, or in the Markdown of its labels."""


def mermaid(picture: Picture) -> str:
    """The text of the flowchart."""
    return "\n".join([*_lines(picture), ""])


def _lines(picture: Picture) -> Iterator[str]:
    yield "flowchart TD"
    yield '  request(["request"])'
    for step in picture.steps:
        yield f"  {_rule(step)}"
        yield f'  t{step.number}["{_escaped(step.target)}"]'
    before, edge = "request", "-->"
    for step in picture.steps:
        yield f"  {before} {edge} r{step.number}"
        yield f"  r{step.number} -->|{'yes' if step.asks else 'all others'}| t{step.number}"
        before, edge = f"r{step.number}", "-->|no|"
    for line in _CLASSES:
        yield f"  {line}"
    for step in picture.steps:
        if shown := class_of(step):
            yield f"  class r{step.number},t{step.number} {shown}"


def class_of(step: Step) -> str:
    """The style of a rule: greyed if no request can end at it, else by its hits; empty without hits."""
    if not step.reachable:
        return "unreachable"
    return "" if step.hits is None else "hit" if step.hits else "missed"


def notes_of(step: Step) -> list[str]:
    """The notes below a rule."""
    lines = [step.because] if step.because else []
    if not step.reachable:
        lines.append("no request ends here")
    elif step.hits is not None:
        lines.append(f"{step.hits:,} request{'' if step.hits == 1 else 's'}")
    return lines


def _rule(step: Step) -> str:
    number = f"{step.number} · " if step.number else ""
    text = "<br/>".join(_escaped(line) for line in (f"{number}{step.name}", *notes_of(step)))
    return f'r{step.number}["{text}"]'


def _escaped(text: str) -> str:
    """The text with everything but letters, digits and harmless characters replaced by character codes."""
    return _MEANS.sub(lambda match: "".join(f"#{ord(character)};" for character in match.group()), text)
