"""What an editor waits for: `uv run python -m tests.benchmarks.editor [RULES…]`.

Characters are typed into the middle of policies of routing kind, to `ccproxy lsp` in a process of its own, over its standard input and
output. Milliseconds, median and worst: completion and hover right after a keystroke (some editors ask at once), what the checks find (the
first report of that text) and the proofs (the last one); the same of a run of keys at 60 ms each, as people type fast; completion and
hover while the proofs run. Of the texts that were typed fast, how many were checked, and how many had their proofs told.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from lsprotocol import types

from tests.analysis.routing import routing_policy
from tests.benchmarks.measure import table
from tests.lsp.editor import Editor, editing

SIZES = (100, 1_000, 5_000)
_KEYS = 10
_PAUSE = 0.06
_PATIENCE = 120


class _Timed:
    """One open policy. Its second half is typed into; reports are noted with when they came."""

    def __init__(self, editor: Editor, uri: str, text: str) -> None:
        self._editor = editor
        self._uri = uri
        lines = text.splitlines(keepends=True)
        middle = len(lines) // 2
        self._before, self._after = "".join(lines[:middle]), "".join(lines[middle:])
        self._typed = ""
        self.sent: dict[int, float] = {}
        self.reports: dict[int, list[float]] = {}
        self._hovered = types.Position(middle // 2, 1)
        self._line = middle

    def note(self, params: types.PublishDiagnosticsParams) -> None:
        """A report came."""
        if params.version is not None:
            self.reports.setdefault(params.version, []).append(perf_counter())

    def type(self, character: str) -> int:
        """Type one more character into a rule of its own; the version of the text."""
        self._typed += character
        self._editor.change(self._uri, f"{self._before}{self._typed}\n{self._after}")
        version = self._editor.versions[self._uri]
        self.sent[version] = perf_counter()
        return version

    async def completion(self) -> float:
        """Ask what can stand behind what was typed; milliseconds."""
        place = types.Position(self._line, len(self._typed))
        identifier = self._editor.identifier(self._uri)
        return await _milliseconds(self._editor.client.text_document_completion_async(types.CompletionParams(identifier, place)))

    async def hover(self) -> float:
        """Ask for a rule further up; milliseconds."""
        identifier = self._editor.identifier(self._uri)
        return await _milliseconds(self._editor.client.text_document_hover_async(types.HoverParams(identifier, self._hovered)))

    async def told(self, version: int, times: int) -> float:
        """Wait for so many reports of a text; milliseconds since it was typed."""
        async with self._editor.news:
            await asyncio.wait_for(self._editor.news.wait_for(lambda: len(self.reports.get(version, ())) >= times), _PATIENCE)
        return (self.reports[version][times - 1] - self.sent[version]) * 1e3


async def _milliseconds(answer: Awaitable[object]) -> float:
    start = perf_counter()
    await asyncio.wait_for(answer, _PATIENCE)
    return (perf_counter() - start) * 1e3


_RULE = 'when effort == "max" and tokens > 5 -> '


async def _measured(size: int, folder: Path) -> list[list[str]]:
    """The rows of a policy."""
    async with editing(folder) as editor:
        text = routing_policy(size)
        path = folder / f"policy{size}.ccp"
        path.write_text(text)
        uri = path.as_uri()
        timed = _Timed(editor, uri, text)
        told = editor.news.notify_all

        def note() -> None:
            timed.note(editor.reported[uri])
            told()

        editor.news.notify_all = note  # type: ignore[method-assign]
        start = perf_counter()
        editor.open(path)
        timed.sent[1] = start
        opened, proved = await timed.told(1, 1), await timed.told(1, 2)
        rows = _rows(size, {"checks when opened": [opened], "proofs when opened": [proved]})
        completions, hovers, checks, proofs = [], [], [], []
        for number in range(_KEYS if size <= 1_000 else 4):
            version = timed.type("# a note"[number % 8])
            completions.append(await timed.completion())
            hovers.append(await timed.hover())
            checks.append(await timed.told(version, 1))
            proofs.append(await timed.told(version, 2))
        rows += _rows(size, {"completion after a key": completions, "hover after a key": hovers, "checks": checks, "proofs": proofs})
        timed.type("\n")
        completions = []
        versions = []
        for character in _RULE:
            versions.append(timed.type(character))
            completions.append(await timed.completion())
            await asyncio.sleep(max(0.0, _PAUSE - completions[-1] / 1e3))
        last = timed.type("think")
        checked = await timed.told(last, 1)
        during: dict[str, list[float]] = {"completion while proving": [], "hover while proving": []}
        while len(timed.reports[last]) < 2:
            during["completion while proving"].append(await timed.completion())
            during["hover while proving"].append(await timed.hover())
            await asyncio.sleep(0.05)
        rows += _rows(
            size,
            {"completion, typing fast": completions, "checks after typing": [checked], "proofs after typing": [await timed.told(last, 2)]},
        )
        rows += _rows(size, during)
        many = sum(len(timed.reports.get(version, ())) > 1 for version in versions)
        once = sum(len(timed.reports.get(version, ())) > 0 for version in versions)
        counts = {"texts typed fast": len(versions), "of them checked": once, "of them proved": many}
        return rows + [[f"{size:,}", name, "", "", str(count)] for name, count in counts.items()]


def _rows(size: int, measured: dict[str, list[float]]) -> list[list[str]]:
    return [[f"{size:,}", name, f"{median(times):.0f}", f"{max(times):.0f}", str(len(times))] for name, times in measured.items() if times]


async def _main(sizes: Sequence[int]) -> None:
    rows: list[list[str]] = []
    for size in sizes:
        with TemporaryDirectory() as folder:
            rows += await _measured(size, Path(folder))
    print(table(["rules", "what", "median ms", "worst", "times"], rows))


if __name__ == "__main__":
    asyncio.run(_main([int(size) for size in sys.argv[1:]] or SIZES))
