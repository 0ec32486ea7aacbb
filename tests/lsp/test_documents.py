"""Documents that are no files, files that go away, policies with Python predicates."""

from __future__ import annotations

import asyncio
from pathlib import Path

from .editor import editing


def test_a_text_that_is_no_file(tmp_path: Path) -> None:
    async def session() -> None:
        async with editing(tmp_path) as editor:
            uri = editor.open("untitled:Untitled-1", 'include "a.ccp"\nwhen tokens > 5 -> a\ndefault -> b\n')
            await editor.diagnostics(uri, "CCP017")
            editor.change(uri, "let big = tokens > 5\nwhen big and tokens > 3 -> a\ndefault -> b\n")
            await editor.diagnostics(uri, "CCP407")
            assert "number, always there" in await editor.hover(uri, "big and tok|ens")
            place = await editor.definition(uri, "when bi|g")
            assert place is not None
            assert place.uri == uri
            edit = await editor.rename(uri, "when bi|g", "large")
            assert edit is not None
            editor.apply(edit)
            assert editor.texts[uri].startswith("let large =")
            editor.close(uri)
            await editor.diagnostics(uri)

    asyncio.run(session())


def test_a_policy_whose_includer_goes_away(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    (folder / "main.ccp").write_text('let big = tokens > 5\ninclude "parts/rules.ccp"\ndefault -> default\n')
    (folder / "parts").mkdir()
    (folder / "parts" / "rules.ccp").write_text("when big -> a\n")

    async def session() -> None:
        async with editing(folder) as editor:
            uri = editor.open(folder / "parts" / "rules.ccp")
            await editor.diagnostics(uri)
            assert "let: bool" in await editor.hover(uri, "when bi|g")
            (folder / "main.ccp").unlink()
            editor.saved(uri)
            await editor.diagnostics(uri, "CCP101", "CCP112")
            (folder / "parts" / "rules.ccp").unlink()
            editor.change(uri, "when tokens > 7 -> a\ndefault -> b\n")
            await editor.diagnostics(uri)

    asyncio.run(session())


def test_no_code_of_a_policy_is_run(tmp_path: Path) -> None:
    folder = tmp_path.resolve()
    (folder / "rules.py").write_text(
        "from pathlib import Path\n\nPath(__file__).with_name('ran').touch()\n\n\ndef vip(request):\n    return True\n"
    )
    (folder / "policy.ccp").write_text('predicate vip = "rules.vip"\nwhen vip -> a\ndefault -> b\n')
    (folder / "policy.cases.yaml").write_text("cases: [{name: a, request: {metadata: {app: x}}, expect: a}]\n")

    async def session() -> None:
        async with editing(folder) as editor:
            uri = editor.open(folder / "policy.ccp")
            await editor.diagnostics(uri)
            assert "predicate: bool" in await editor.hover(uri, "when vi|p")
            editor.change(uri, editor.texts[uri] + 'assert when metadata("") == "x" -> never c\n')
            await editor.diagnostics(uri)
            symbols = await editor.completions(uri, 'assert when metadata("|")')
            assert "tokens" not in symbols

    asyncio.run(session())
    assert not (folder / "ran").exists()


def test_a_large_policy_is_checked_when_typing_pauses(tmp_path: Path) -> None:
    rules = "".join(f'when user == "user {number}" and tokens > {number}k -> a\n' for number in range(800))

    async def session() -> None:
        async with editing(tmp_path) as editor:
            uri = editor.open("untitled:large", f"{rules}default -> b\n")
            for typed in ("when t", "when tok", "when toks > 5 -> b"):
                editor.change(uri, f"{rules}{typed}\ndefault -> b\n")
                assert "tokens" in await editor.completions(uri, f"{typed[:6]}|")
            await editor.diagnostics(uri, "CCP101")
            assert editor.reported[uri].version == 4

    asyncio.run(session())
