"""Lays out a whole policy file: keeps comments in place, aligns the arrows of neighbouring rules, breaks long statements.

Only white space and the line that a comment is on change: every word and literal stays as written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ccproxy.frozen import frozen, mutable
from ccproxy.language import syntax
from ccproxy.language.formatter.piece_builder import StatementWriter
from ccproxy.language.formatter.pieces import COMMENT_GAP, Broken, Comment, Piece, break_lines

MAX_MARK = 61
"""Columns: nothing further right than this is aligned, so that one long condition doesn't push all arrows away."""
MAX_COMMENTED = 100
"""Columns: a line longer than this doesn't push its neighbours' trailing comments to the right."""
_MAX_ALIGNED = 900
"""Characters: longer lines are not aligned, because the added white space could make them too long."""


@frozen
class Layout:
    """A file's canonical text, with lines ended by `\\n`, and all its comments in order."""

    text: str
    comments: tuple[str, ...]


@mutable
class _Entry:
    """A statement, or (`kind` None) a comment on a line of its own.

    `mark` is the column of what is aligned with its neighbours, None if the first line has nothing to align; `comment` goes
    after the last line; `apart` says that a blank line precedes it.
    """

    kind: type[syntax.Node] | None
    apart: bool
    lines: list[str]
    mark: int | None = None
    comment: str | None = None


def lay_out(file: syntax.File, max_line: int) -> Layout:
    """Lay out a file that was read without errors; a statement that would get a line of more than `max_line` bytes
    stays as written.
    """
    writer = StatementWriter(file.source.text)
    entries = list(_entries(writer, file, max_line))
    for block in _blocks(entries, _marks_align):
        _align_marks(block)
    for block in _blocks(entries, _comments_align):
        _align_comments(block)
    lines: list[str] = []
    for entry in entries:
        if entry.apart and lines:
            lines.append("")
        lines += entry.lines
    return Layout("".join(f"{line}\n" for line in lines), tuple(writer.comments))


def _entries(writer: StatementWriter, file: syntax.File, max_line: int) -> Iterator[_Entry]:
    pending = writer.between()
    for statement in file.statements:
        yield from (_Entry(None, apart, [comment.text]) for comment, apart in pending)
        apart = writer.blank
        pieces = writer.pieces(statement)
        pending = writer.between()
        behind: list[Comment] = []
        if pending and pending[0][0].behind:
            behind.append(pending.pop(0)[0])
        yield from _statement_entries(statement, pieces, behind, apart, max_line)
    yield from (_Entry(None, apart, [comment.text]) for comment, apart in pending)


def _statement_entries(
    statement: syntax.Statement, pieces: list[Piece], behind: list[Comment], apart: bool, max_line: int
) -> Iterator[_Entry]:
    """The statement, preceded by those of its comments that have no place inside it."""
    broken = break_lines([*pieces, *behind])
    if any(len(line.encode()) > max_line for line in broken.lines):
        written = [line.rstrip(" \t\r") for line in statement.span.text.split("\n")]
        broken = Broken([], written, behind[0].text if behind else None, None)
    before, comment = broken.before, broken.behind
    if comment is not None and len(broken.lines[-1]) + len(comment) > _MAX_ALIGNED:
        before, comment = [*before, comment], None
    for text in before:
        yield _Entry(None, apart, [text])
        apart = False
    aligned = len(broken.lines) == 1 or isinstance(statement, syntax.Rule | syntax.Assertion)
    yield _Entry(type(statement), apart, broken.lines, broken.mark if aligned else None, comment)


# ── Alignment ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _blocks(entries: Sequence[_Entry], together: Callable[[_Entry | None, _Entry], bool | None]) -> Iterator[list[_Entry]]:
    """The runs of entries that are aligned with one another.

    `together` says whether an entry belongs in a block with the one before it; None: it is passed over, and the block goes on.
    """
    block: list[_Entry] = []
    for entry in entries:
        if entry.apart and block:
            yield block
            block = []
        belongs = together(block[-1] if block else None, entry)
        if belongs is None:
            continue
        if not belongs and block:
            yield block
            block = []
            belongs = together(None, entry)
        if belongs:
            block.append(entry)
    if block:
        yield block


def _marks_align(before: _Entry | None, entry: _Entry) -> bool | None:
    if entry.kind is None:
        return None
    return entry.mark is not None and (before is None or before.kind is entry.kind)


def _comments_align(before: _Entry | None, entry: _Entry) -> bool | None:
    return entry.comment is not None and (before is None or len(entry.lines) == 1)


def _align_marks(block: Sequence[_Entry]) -> None:
    column = _column(((entry.mark, len(entry.lines[0])) for entry in block), MAX_MARK)
    for entry in block:
        mark = entry.mark or 0
        if mark < column and len(entry.lines[0]) <= _MAX_ALIGNED:
            entry.lines[0] = entry.lines[0][:mark] + " " * (column - mark) + entry.lines[0][mark:]


def _align_comments(block: Sequence[_Entry]) -> None:
    column = _column(((len(entry.lines[-1]), len(entry.lines[-1])) for entry in block), MAX_COMMENTED)
    for entry in block:
        entry.lines[-1] = f"{entry.lines[-1].ljust(column)}{COMMENT_GAP}{entry.comment}"


def _column(places: Iterator[tuple[int | None, int]], limit: int) -> int:
    """The column at which everything that can be aligned is put, 0 for nothing; each place comes with the length of its line."""
    return max((place for place, length in places if place is not None and place <= limit and length <= _MAX_ALIGNED), default=0)
