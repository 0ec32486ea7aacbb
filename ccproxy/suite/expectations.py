"""Files of expected diagnostics: reads them, and compares them with those that a policy gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ccproxy.diagnostics import Diagnostic
from ccproxy.frozen import frozen
from ccproxy.policy import check_file
from ccproxy.regular_files import real_path

SUFFIX = ".expected"


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A diagnostic as a person reads it; `file` is relative to the folder of the policy."""

    file: str
    line: int
    column: int
    code: str
    name: str
    severity: str

    def __str__(self) -> str:
        """As a line of a file of expected diagnostics."""
        return f"{self.file} {self.line}:{self.column} {self.code} {self.name} {self.severity}"


@frozen
class Expected:
    """One line of a `.expected` file: `[FILE ]LINE:COLUMN CODE NAME SEVERITY`.

    LINE:COLUMN may be LINE:FIRST-LAST where the language leaves the column open, or `*`; CODE and NAME may be several, joined by `|`.
    """

    text: str
    file: str
    line: int | None
    first: int
    last: int
    codes: tuple[str, ...]
    names: tuple[str, ...]
    severity: str

    def meets(self, found: Found) -> bool:
        """Whether this is the diagnostic that was expected."""
        place = self.line is None or (found.line == self.line and self.first <= found.column <= self.last)
        known = found.code in self.codes and found.name in self.names and found.severity == self.severity
        return place and known and found.file == self.file


_EXPECTED = re.compile(r"(?:(\S+) )?(?:\*|(\d+):(\d+)(?:-(\d+))?) (CCP\d+(?:\|CCP\d+)*) ([a-z0-9|-]+) (error|warning|note)")


def read_expected(policy: Path) -> tuple[Expected, ...]:
    """What the file beside a policy expects. ValueError for a line that is none; OSError."""
    return tuple(_expected(policy, line) for line in policy.with_suffix(SUFFIX).read_text(encoding="utf-8").splitlines())


def _expected(policy: Path, line: str) -> Expected:
    match = _EXPECTED.fullmatch(line)
    if match is None:
        raise ValueError(f"{policy.with_suffix(SUFFIX)}: {line!r} is not `LINE:COLUMN CODE NAME SEVERITY`")
    file, row, first, last, codes, names, severity = match.groups()
    column = int(first or 0)
    place = int(row) if row else None
    return Expected(
        line, file or policy.name, place, column, int(last or column), tuple(codes.split("|")), tuple(names.split("|")), severity
    )


def as_found(policy: Path, diagnostic: Diagnostic) -> Found:
    """A diagnostic of this policy."""
    source = diagnostic.span.source
    position = source.position(diagnostic.span.start)
    file = real_path(source.path).relative_to(real_path(policy.parent)).as_posix() if source.path else source.name
    return Found(file, position.line, position.column, diagnostic.code.number, diagnostic.code.slug, diagnostic.severity.value)


def differences(expected: Iterable[Expected], found: Iterable[Found]) -> Iterator[str]:
    """What was expected and not found, or found and not expected, a line each."""
    wanted, left = list(expected), sorted(found)
    for item in sorted(wanted, key=lambda item: (item.file, item.line or 0, item.first)):
        met = next((one for one in left if item.meets(one)), None)
        if met is None:
            yield f"expected  {item.text}"
        else:
            left.remove(met)
    yield from (f"got       {one}" for one in left)


def unmet(policy: Path) -> tuple[str, ...]:
    """How the diagnostics of a policy differ from those that the file beside it expects, in lines; none where they are the same."""
    try:
        expected = read_expected(policy)
        diagnostics, checked = check_file(policy)
    except (OSError, ValueError) as error:
        return (str(error),)
    found = [as_found(policy, item) for item in diagnostics]
    lines = [*differences(expected, found)]
    if (checked is None) != any(one.severity == "error" for one in found):
        lines.append("got       " + ("no policy, although there is no error" if checked is None else "a policy, although there are errors"))
    return tuple(lines)
