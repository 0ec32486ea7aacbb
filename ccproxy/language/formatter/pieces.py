"""The pieces of a statement, and how they are broken into lines.

A statement is a flat sequence of words, places where a line may end, and groups: either all lines of a group end or none
do. A comment ends its line, so a group that goes on after it is broken, and so are the groups around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from itertools import pairwise

from ccproxy.frozen import frozen, mutable

COMMENT_GAP = "  "
"""What separates a line from its trailing comment."""


@frozen
class Words:
    """Text that stays on one line. `free` text may pass the limit of its group, because breaking would not help."""

    text: str
    free: bool = False


@frozen
class Comment:
    """A comment, `#` included. `behind`: it trails something on its line."""

    text: str
    behind: bool


@frozen
class Line:
    """Where a line may end: `flat` is written if it doesn't; the next starts at column `indent`, comments before it at `inner`."""

    flat: str
    indent: int
    inner: int


@frozen
class Open:
    """The start of a group, which is broken if it would pass column `limit`."""

    limit: int


@frozen
class Close:
    """The end of a group."""


@frozen
class Mark:
    """Marks what comes next for alignment with the neighbours."""


Piece = Words | Comment | Line | Open | Close | Mark


@frozen
class Broken:
    """A statement broken into lines.

    `before` are comments that go on lines of their own above it, `behind` the one that trails its last line. `mark` is the
    column of the mark, None if that is not on the first line.
    """

    before: list[str]
    lines: list[str]
    behind: str | None
    mark: int | None


@mutable
class _Run:
    """What is between two places where a line may end; `line` is the index of the first of them, -1 for the start."""

    line: int
    comments: list[Comment] = field(default_factory=list)
    has_words: bool = False

    @property
    def behind(self) -> str | None:
        """The comment that trails the run: the last one, if it trailed something."""
        return self.comments[-1].text if self.comments and self.comments[-1].behind else None

    @property
    def before(self) -> list[str]:
        """The comments that go on lines of their own above the run."""
        return [comment.text for comment in (self.comments[:-1] if self.behind else self.comments)]


def break_lines(pieces: Sequence[Piece]) -> Broken:
    """Break the pieces into lines."""
    runs = _runs(pieces)
    broken = _broken_groups(pieces, runs)
    lines: list[str] = []
    current, column, mark = "", 0, None
    flat: list[bool] = [False]
    groups: list[int] = [-1]
    run = 0
    for index, piece in enumerate(pieces):
        match piece:
            case Words(text=text):
                current += text
                column = len(current)
            case Open(limit=limit):
                fits = flat[-1] or (index not in broken and _width(pieces, index) <= limit - column)
                flat.append(fits)
                groups.append(index)
            case Close():
                flat.pop()
                groups.pop()
            case Mark():
                mark = column if not lines else None
            case Line(flat=space, indent=indent, inner=inner):
                run += 1
                if flat[-1]:
                    current += space
                else:
                    lines.append(_with_comment(current, runs[run - 1].behind))
                    lines += (" " * inner + comment for comment in runs[run].before)
                    current = " " * indent
                column = len(current)
            case Comment():
                continue
    lines.append(current.rstrip())
    return Broken(runs[0].before, lines, runs[-1].behind, mark)


def _with_comment(line: str, comment: str | None) -> str:
    return line.rstrip() + (COMMENT_GAP + comment if comment else "")


def _runs(pieces: Sequence[Piece]) -> list[_Run]:
    """The runs with their comments; a trailing comment belongs to the run that it trails."""
    runs = [_Run(-1)]
    for index, piece in enumerate(pieces):
        match piece:
            case Line():
                runs.append(_Run(index))
            case Words():
                runs[-1].has_words = True
            case Comment(behind=behind):
                owner = runs[-2] if behind and not runs[-1].has_words and len(runs) > 1 else runs[-1]
                owner.comments.append(piece)
            case _:
                continue
    return runs


def _broken_groups(pieces: Sequence[Piece], runs: Sequence[_Run]) -> set[int]:
    """The groups that comments break, by the index of their start."""
    forced = {run.line for run in runs if run.before} | {after.line for run, after in pairwise(runs) if run.behind}
    broken: set[int] = set()
    groups: list[int] = []
    for index, piece in enumerate(pieces):
        if isinstance(piece, Open):
            groups.append(index)
        elif isinstance(piece, Close):
            groups.pop()
        elif index in forced:
            broken.update(groups)
    return broken


def _width(pieces: Sequence[Piece], start: int) -> int:
    """The columns from the start of a group to the first place after it where a line may end."""
    width = depth = 0
    closed = False
    for index in range(start, len(pieces)):
        match pieces[index]:
            case Open():
                depth += 1
            case Close():
                depth -= 1
                closed = closed or depth == 0
            case Words(text=text, free=free):
                width += 0 if free else len(text)
            case Line(flat=space):
                if closed:
                    return width
                width += len(space)
            case _:
                continue
    return width
