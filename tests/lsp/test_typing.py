"""What the server does, and leaves undone, while somebody types: counted in checks and analyses, not in seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pygls.workspace import Workspace

from ccproxy.checks import check
from ccproxy.facts import TokenCounter
from ccproxy.language.loader import load_text
from ccproxy.lsp import background, navigation, server
from ccproxy.lsp.background import Analysis, NewCounter
from ccproxy.lsp.documents import before_edit
from ccproxy.lsp.positions import TextMap
from ccproxy.lsp.project import Project, Snapshot
from ccproxy.lsp.server import PolicyServer
from ccproxy.models.model_list_reader import read_model_list
from tests.language.profile import examples

URI = "untitled:policy"
RULES = "".join(f'when user == "user {number}" and tokens > {number}k -> a\n' for number in range(800))


class Typed(PolicyServer):
    """The server without its messages: it is called, and what it reports is noted."""

    def __init__(self) -> None:
        super().__init__(read_model_list, TokenCounter)
        self.reported: list[types.PublishDiagnosticsParams] = []
        self.news = asyncio.Event()
        self.last = 0

    @property
    def workspace(self) -> Workspace:
        return Workspace(None)

    @property
    def client_capabilities(self) -> types.ClientCapabilities:
        return types.ClientCapabilities()

    def text_document_publish_diagnostics(self, params: types.PublishDiagnosticsParams) -> None:
        self.reported.append(params)
        self.news.set()

    def open(self, text: str) -> None:
        self.last += 1
        self._opened(types.DidOpenTextDocumentParams(types.TextDocumentItem(URI, "ccp", self.last, text)))

    def change(self, text: str) -> None:
        self.last += 1
        identifier = types.VersionedTextDocumentIdentifier(self.last, URI)
        self._changed(types.DidChangeTextDocumentParams(identifier, [types.TextDocumentContentChangeWholeDocument(text)]))

    def at(self, text: str, marked: str) -> Any:
        """The place of the bar in the text, as a question has it."""
        before, _, after = marked.partition("|")
        place = TextMap(text).position(text.index(before + after) + len(before))
        return types.HoverParams(types.TextDocumentIdentifier(URI), place)

    async def told(self, *codes: str) -> None:
        """Wait until the last text is reported with these codes."""
        while not (self.reported and self.reported[-1].version == self.last and self._codes() == [*codes]):
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 60)

    def _codes(self) -> list[str]:
        return sorted(str(item.code)[:6] for item in self.reported[-1].diagnostics)


def _run(session: Callable[[Typed], Awaitable[None]]) -> None:
    async def whole() -> None:
        typed = Typed()
        await session(typed)
        typed.shutdown()

    asyncio.run(whole())


async def _until(holds: Callable[[], bool]) -> None:
    """Wait for another thread."""
    while not holds():  # noqa: ASYNC110 (threads set no event of asyncio)
        await asyncio.sleep(0.01)


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are checked."""
    found: list[str] = []
    whole = Project._check

    def counted(self: Project, key: Path | str, text: str) -> Snapshot:
        found.append(text)
        return whole(self, key, text)

    monkeypatch.setattr(Project, "_check", counted)
    return found


@pytest.fixture
def analyses(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """The analyses that are begun, by the events that cancel them."""
    found: list[Event] = []

    def counted(snapshot: Snapshot, cancelled: Event, new_counter: NewCounter) -> Analysis:
        found.append(cancelled)
        return background.analysis_of(snapshot, cancelled, new_counter)

    monkeypatch.setattr(server, "analysis_of", counted)
    return found


@pytest.mark.parametrize("rules", ["", RULES], ids=["small", "large"])
def test_ten_fast_edits_are_checked_and_analysed_once(checks: list[str], analyses: list[Event], rules: str) -> None:
    async def session(typed: Typed) -> None:
        typed.open(f"{rules}default -> b\n")
        await typed.told()
        await _until(lambda: bool(analyses))
        for end in range(10):
            typed.change(f"{rules}when tokens > 5 and tokens > 3 -> b{'x' * end}\ndefault -> b\n")
        await typed.told("CCP407")
        assert len(checks) == 2
        assert len(analyses) == 2
        assert [params.version for params in typed.reported if params.diagnostics] == [11]

    _run(session)


def test_nobody_waits_for_the_proofs_of_an_older_text(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Event] = []

    def endless(snapshot: Snapshot, cancelled: Event, new_counter: NewCounter) -> Analysis:
        begun.append(cancelled)
        assert len(begun) > 1 or cancelled.wait(60)
        return Analysis(snapshot, [])

    monkeypatch.setattr(server, "analysis_of", endless)

    async def session(typed: Typed) -> None:
        typed.open("default -> b\n")
        await _until(lambda: bool(begun))
        typed.change("when toks > 5 -> a\ndefault -> b\n")
        assert begun[0].is_set()
        await typed.told("CCP101")

    _run(session)


def test_a_cancelled_analysis_does_not_even_read_the_cases(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(background, "cases_of", lambda _policy: pytest.fail("cases are read for nobody"))
    loaded = load_text("default -> b\n")
    cancelled = Event()
    cancelled.set()
    snapshot = Snapshot(tmp_path / "policy.ccp", loaded, [], check(loaded)[1], None)
    assert background.analysis_of(snapshot, cancelled, TokenCounter).findings is None


def test_a_large_policy_is_checked_while_questions_have_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = Event(), Event()
    whole = Project._check

    def slow(self: Project, key: Path | str, text: str) -> Snapshot:
        if "stream" in text:
            begun.set()
            assert go_on.wait(60)
        return whole(self, key, text)

    monkeypatch.setattr(Project, "_check", slow)

    async def session(typed: Typed) -> None:
        typed.open(f"{RULES}default -> b\n")
        await typed.told()
        text = f"when stream -> a\n{RULES}default -> b\n"
        typed.change(text)
        await _until(begun.is_set)
        assert "tokens" in {item.label for item in typed._complete(typed.at(text, "when |stream"))}
        hovered = typed._hover(typed.at(text, '|when user == "user 700"'))
        assert hovered is not None
        assert "Rule 701" in cast("types.MarkupContent", hovered.contents).value
        assert not typed._actions(_everything())
        go_on.set()
        await typed.told()
        hovered = typed._hover(typed.at(text, '|when user == "user 700"'))
        assert hovered is not None
        assert "Rule 702" in cast("types.MarkupContent", hovered.contents).value

    _run(session)


def _everything() -> types.CodeActionParams:
    whole = types.Range(types.Position(0, 0), types.Position(9_999, 0))
    return types.CodeActionParams(types.TextDocumentIdentifier(URI), whole, types.CodeActionContext([]))


def test_the_lines_of_a_file_are_found_once_for_all_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    class Counted(TextMap):
        def __init__(self, text: str, encoding: str) -> None:
            made.append(len(text))
            super().__init__(text, encoding)

    monkeypatch.setattr(navigation, "TextMap", Counted)

    async def session(typed: Typed) -> None:
        typed.open("".join(f"when toks > {number} -> a\n" for number in range(50)) + "default -> b\n")
        await typed.told(*["CCP101"] * 50)
        assert len(made) == len(typed.reported)

    _run(session)


@examples(300)
@given(st.text("ab\n", max_size=6), st.text("ab\n", max_size=4), st.text("ab\n", max_size=4), st.text("ab\n", max_size=6))
def test_a_place_before_an_edit_or_after_it_is_found_again(start: str, new: str, old: str, end: str) -> None:
    text, before = start + new + end, start + old + end
    places = [before_edit(offset, text, before) for offset in range(len(text))]
    pairs = zip(text, before, strict=False)
    alike = next((offset for offset, (one, other) in enumerate(pairs) if one != other), min(len(text), len(before)))
    assert places[:alike] == [*range(alike)]
    assert alike >= len(start)
    after = [place for place in places[alike:] if place is not None]
    assert after == [*range(len(before) - len(after), len(before))]
    assert len(after) >= min(len(end), len(text) - alike, len(before) - alike)
    assert all(place is None or before[place] == text[offset] for offset, place in enumerate(places))
