"""The examples in a Markdown page, and what each says of itself.

A fenced block whose first word is `ccp` is a policy:

    ```ccp             it has no errors
    ```ccp CCP202      checking it reports just this code (several: separated by spaces; those that only advise are not counted)
    ```ccp loose       it is not laid out as `ccproxy fmt` does; all others that parse are
    ```ccp NAME.ccp    a file that the next policy includes

and the blocks right after a policy say what it does, a line a request:

    ```requests        {"body": …} -> LABEL          a request file, and where the request goes
    ```facts           {"tokens": 250000} -> LABEL   facts set outright

    ```yaml policy.cases.yaml                        a case file, whose cases pass

What follows `->` is a target: `LABEL fallback LABEL`, `keep`, `reject "message"`. A block `python CODE` writes `policy.ccp` for an example
that no page can print; `yaml` is LiteLLM's config for the policies after it up to the next heading, `yaml ccproxy.yaml` the settings,
`python NAME.py` a module beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ ", re.MULTILINE)
_CODE = re.compile(r"CCP\d{3}")


@dataclass(frozen=True, slots=True)
class Example:
    """A policy of a page: the codes it must give, the files around it, and the requests with their targets.

    `loose`: it need not be in canonical layout. `kind` is `ccp`, or `python` where `text` is a program that writes the policy.
    `checks` are (block kind, request JSON, target), `cases` the texts of case files.
    """

    line: int
    kind: str
    text: str
    codes: tuple[str, ...]
    files: dict[str, str]
    checks: list[tuple[str, str, str]] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    loose: bool = False


def examples(page: Path) -> list[Example]:
    """Every example of a page in order."""
    return list(_examples(page.read_text("utf-8")))


def _examples(text: str) -> Iterator[Example]:
    files: dict[str, str] = {}
    current: Example | None = None
    after = 0
    for match in _FENCE.finditer(text):
        if _HEADING.search(text, after, match.start()):
            files.pop("config.yaml", None)
        after = match.end()
        kind, info, body = match.group(1), match.group(2).split(), match.group(3)
        line = text.count("\n", 0, match.start()) + 1
        if kind in ("requests", "facts"):
            if current is None:
                raise ValueError(f"line {line}: a block of {kind} follows no policy")
            current.checks.extend((kind, *_request(row)) for row in body.splitlines() if row.strip())
            continue
        if kind == "yaml" and info == ["policy.cases.yaml"] and current is not None:
            current.cases.append(body)
            continue
        if current is not None:
            yield current
            current = None
        if kind == "yaml" and not info:
            files["config.yaml"] = body
        elif kind == "yaml" and info == ["ccproxy.yaml"]:
            files["ccproxy.yaml"] = body
        elif kind in ("ccp", "python"):
            codes = tuple(word for word in info if _CODE.fullmatch(word))
            loose = "loose" in info
            if info and not codes and not loose:
                files[info[0]] = body
            elif kind == "ccp" or codes:
                current = Example(line, kind, body, codes, dict(files), loose=loose)
    if current is not None:
        yield current


def _request(row: str) -> tuple[str, str]:
    request, arrow, target = row.rpartition(" -> ")
    if not arrow:
        raise ValueError(f"{row!r} is no REQUEST -> TARGET")
    return request, target.strip()
