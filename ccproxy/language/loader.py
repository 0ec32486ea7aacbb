"""Files to a policy: reading, limits of size, includes."""

from __future__ import annotations

import codecs
import errno
from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path, PurePosixPath

from ccproxy.closest import closest
from ccproxy.diagnostics import Code, Diagnostic, Note, sort_diagnostics
from ccproxy.diagnostics.fix import replace
from ccproxy.frozen import frozen, mutable
from ccproxy.language import syntax
from ccproxy.language.literals import forbidden_characters, write_text
from ccproxy.language.parser import parse
from ccproxy.regular_files import read_start, real_path
from ccproxy.source import Source, Span

SUFFIX = ".ccp"
"""What the name of a policy's file ends with."""
MAX_FILE = 1_048_576
"""Bytes of a file."""
MAX_LINE = 4_096
"""Bytes of a line, its line break not counted."""
MAX_INCLUDES = 16
"""Includes open at once."""
MAX_FILES = 1_000
"""Files of a policy, each counted as often as it is included."""

MOST_READ = len(codecs.BOM_UTF8) + MAX_FILE + 1
"""Bytes that are read of a file at most: enough to see that it is too large."""

ReadBytes = Callable[[Path], bytes]


def read_policy_file(path: Path) -> bytes:
    """The bytes of a policy's file, `MOST_READ` at most. OSError where it is not there, or no regular file.

    A link that is named as a policy has to lead to one: messages show what a policy says, and are to show nothing else.
    """
    if path.suffix == SUFFIX and path.is_symlink() and real_path(path).suffix != SUFFIX:
        raise OSError(errno.EINVAL, f"the link leads to a file that is not named {SUFFIX}")
    return read_start(path, MOST_READ)


@frozen
class Loaded:
    """A policy as its files say it, includes followed, and what is wrong with the text so far.

    `broken` are names that statements with errors were to define; `incomplete` says that an include could not be followed, so that
    any name may be missing.
    """

    policy: syntax.Policy
    diagnostics: tuple[Diagnostic, ...]
    broken: frozenset[str]
    incomplete: bool


def load_file(path: Path, read: ReadBytes = read_policy_file, name: str | None = None) -> Loaded:
    """Read a policy and its includes. OSError where the main file can't be read.

    `read` gives the bytes of a file (an editor has unsaved ones); `name` is what messages call the main file.
    """
    return _load(read(path), name or path.name, path, read)


def load_text(text: str, name: str = "policy.ccp") -> Loaded:
    """Read a policy from text; its includes have no folder to be in."""
    return _load(text.encode("utf-8", "surrogatepass"), name, None, read_policy_file)


def _load(data: bytes, name: str, path: Path | None, read: ReadBytes) -> Loaded:
    loading = _Loading(real_path(path).parent if path else None, read)
    loading.file(data, name, path, ())
    sources = tuple(loading.sources)
    span = Span(sources[0], 0, len(sources[0].text))
    policy = syntax.Policy(span, sources, tuple(loading.statements))
    return Loaded(policy, tuple(sort_diagnostics(loading.diagnostics, sources)), frozenset(loading.broken), loading.incomplete)


def decode(data: bytes, name: str, path: Path | None) -> tuple[Source, list[Diagnostic]]:
    """The text of a file, a byte order mark skipped; not UTF-8, too large, a line too long or control characters: diagnostics."""
    data = data.removeprefix(codecs.BOM_UTF8)
    if len(data) > MAX_FILE:
        source = Source("", name, path)
        message = f"the file has more than {MAX_FILE:,} bytes, which is the limit"
        return source, [Diagnostic(Code.FILE_TOO_LARGE, Span(source, 0, 0), message, "split it into files, and include them")]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        source = Source(data.decode("utf-8", "replace"), name, path)
        at = len(data[: error.start].decode("utf-8"))
        message = f"byte 0x{data[error.start]:02X} here is not UTF-8"
        return source, [Diagnostic(Code.NOT_UTF8, Span(source, at, at + 1), message, "save the file as UTF-8 text")]
    source = Source(text, name, path)
    return source, [*_long_lines(source), *_control_characters(source)]


def _long_lines(source: Source) -> Iterator[Diagnostic]:
    at = 0
    for line in source.text.split("\n"):
        encoded = line.removesuffix("\r").encode("utf-8")
        if len(encoded) > MAX_LINE:
            start = at + len(encoded[:MAX_LINE].decode("utf-8", "ignore"))
            message = f"the line has {len(encoded):,} bytes; the limit is {MAX_LINE:,}"
            yield Diagnostic(Code.LINE_TOO_LONG, Span(source, start, at + len(line)), message, "break the line: a statement may span lines")
        at += len(line) + 1


def _control_characters(source: Source) -> Iterator[Diagnostic]:
    for at in forbidden_characters(source.text)[:20]:
        message = f"the control character U+{ord(source.text[at]):04X} has no place in a policy"
        span = Span(source, at, at + 1)
        fixes = (replace(span, "", "delete it"),)
        yield Diagnostic(Code.CONTROL_CHARACTER, span, message, "delete it; in text, write it as \\u{…}", fixes=fixes)


@mutable
class _Loading:
    """What has been read so far; `root` is the real folder of the main policy."""

    root: Path | None
    read: ReadBytes
    sources: list[Source] = field(default_factory=list)
    statements: list[syntax.Statement] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    incomplete: bool = False

    def file(self, data: bytes, name: str, path: Path | None, opened: tuple[Path, ...]) -> None:
        """Take in one file and, where they stand, its includes. `opened`: the real paths of the files being included."""
        source, problems = decode(data, name, path)
        self.sources.append(source)
        if problems:
            self.diagnostics += problems
            self.incomplete = True
            return
        parsed = parse(source)
        self.diagnostics += parsed.diagnostics
        self.broken |= parsed.broken
        real = real_path(path) if path else None
        opened = (*opened, real) if real else opened
        for statement in parsed.file.statements:
            self.statements.append(statement)
            if isinstance(statement, syntax.Include):
                self._include(statement.path, path, opened)

    def _include(self, target: syntax.Text, including: Path | None, opened: tuple[Path, ...]) -> None:
        found = self._find(target, including, opened)
        if isinstance(found, Diagnostic):
            self.diagnostics.append(found)
            self.incomplete = True
            return
        path, data = found
        root = self.root or path.parent
        self.file(data, path.relative_to(root).as_posix(), path, opened)

    def _find(self, target: syntax.Text, including: Path | None, opened: tuple[Path, ...]) -> tuple[Path, bytes] | Diagnostic:
        span = target.span
        if including is None or self.root is None:
            return Diagnostic(Code.INCLUDE_NOT_FOUND, span, "a policy that is no file can't include others", "save it as a file first")
        outside = "an include stays inside the folder of the main policy: write a path relative to this file, nothing above that folder"
        if not target.value or "\0" in target.value:
            return Diagnostic(Code.INCLUDE_NOT_FOUND, span, "this is no path of a file", 'write include "other.ccp"')
        if Path(target.value).is_absolute() or target.value.startswith(("/", "\\")):
            return Diagnostic(Code.INCLUDE_OUTSIDE, span, "the path is absolute", outside)
        try:
            path = real_path(real_path(including).parent / target.value)
        except (OSError, RuntimeError):
            return Diagnostic(Code.INCLUDE_NOT_FOUND, span, f'"{target.value}" can\'t be followed', None)
        if real_path(path) != path:  # after a circle of links it has others, which nobody followed
            return Diagnostic(Code.INCLUDE_NOT_FOUND, span, f'"{target.value}" can\'t be followed', None)
        if not path.is_relative_to(self.root):
            return Diagnostic(Code.INCLUDE_OUTSIDE, span, f'"{target.value}" lies outside {self.root.name or "the folder"}', outside)
        if path.suffix != SUFFIX:
            message = f'"{target.value}" is not named {SUFFIX}, as every file of a policy is'
            return self._not_found(target, path, message, 'write include "other.ccp"')
        if path in opened:
            chain = " -> ".join(step.name for step in (*opened[opened.index(path) :], path))
            return Diagnostic(Code.INCLUDE_CYCLE, span, f"the file includes itself: {chain}", "take one of these includes out")
        if len(opened) > MAX_INCLUDES:
            return Diagnostic(
                Code.INCLUDE_TOO_DEEP, span, f"more than {MAX_INCLUDES} includes are open here", "include the files side by side"
            )
        if len(self.sources) >= MAX_FILES:
            return Diagnostic(Code.INCLUDE_TOO_DEEP, span, f"the policy has more than {MAX_FILES:,} files", "include fewer files")
        try:
            return path, self.read(path)
        except OSError as error:
            return self._not_found(target, path, f'"{target.value}" can\'t be read: {(error.strerror or str(error)).lower()}', None)

    def _not_found(self, target: syntax.Text, path: Path, message: str, otherwise: str | None) -> Diagnostic:
        """An include that can't be had, with the file beside it whose name is close; `otherwise` is the help where there is none."""
        close, written = _similar(path), PurePosixPath(target.value)
        meant = close is not None and written.name == path.name
        fixes = (replace(target.span, write_text(str(written.with_name(close)))),) if close is not None and meant else ()
        help_text = f'did you mean "{close}"?' if close is not None else otherwise
        return Diagnostic(Code.INCLUDE_NOT_FOUND, target.span, message, help_text, _place(path), fixes=fixes)


def _similar(path: Path) -> str | None:
    """A file beside the missing one whose name is close to it."""
    try:
        names = [other.name for other in path.parent.glob("*.ccp")]
    except OSError:
        return None
    return closest(path.name, names)


def _place(path: Path) -> tuple[Note, ...]:
    return (Note(f"looked for {path.name} in the folder {path.parent.name}"),)
