"""The server survives any text at all, and any place in it."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from ccproxy.language.tokens import tokens
from ccproxy.lsp.case_index import Seen
from ccproxy.lsp.completion import complete
from ccproxy.lsp.documents import Document, open_document, path_of
from ccproxy.lsp.hover import hover
from ccproxy.lsp.navigation import Navigation
from ccproxy.lsp.positions import UNITS, TextMap
from ccproxy.lsp.project import Project
from ccproxy.lsp.published import as_reported, quick_fixes
from ccproxy.lsp.rename import RenameError, renamable, rename
from ccproxy.lsp.symbols import symbols
from ccproxy.models.model_list_reader import read_model_list
from tests.language.profile import examples

from .editor import editing

POLICIES = Path(__file__).parents[2] / "policies"
PIECES = [
    *("when default let include timezone predicate assert version because fallback keep reject by and or not in".split()),  # noqa: SIM905
    *("matches contains starts ends with any all none has count true false never only mon a tokens tools agent.class".split()),  # noqa: SIM905
    *('-> == != < <= .. ( ) [ ] , = + - * / " # % \\ 5k 50% 22:00 /a/i "x" "\\u{1F600}" header(" body("a.0")'.split()),  # noqa: SIM905
    *("\n", "\r\n", "\r", "\t", "\x00", "\u2028", "\x0c", "é", "😀", "\ud800", "\ufeff", "\u202e"),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map(" ".join)


def ask_everything(document: Document, offset: int, project: Project) -> None:
    snapshot = project.snapshot(document)
    navigation = Navigation(document, snapshot, {})
    complete(document, offset, snapshot, Seen({"effort": {"max": None}}))
    hover(document, offset, snapshot)
    navigation.definition(offset)
    navigation.references(offset)
    navigation.highlights(offset)
    renamable(navigation, offset)
    with suppress(RenameError):
        rename(navigation, offset, "new_name", lambda _path: [navigation], moves_files=True)
    for diagnostic in snapshot.diagnostics:
        as_reported(diagnostic, navigation)
    quick_fixes(document, snapshot.diagnostics, navigation, (0, len(document.text)))


@examples(150)
@given(TEXTS, st.integers(0, 200))
def test_every_answer_to_any_text(text: str, at: int) -> None:
    document = open_document("untitled:policy", text, 1, "utf-16")
    project = Project(read_model_list)
    project.put(document)
    ask_everything(document, min(at, len(document.text)), project)
    symbols(document)


@examples(200)
@given(TEXTS)
def test_tokens_cover_all_but_white_space(text: str) -> None:
    found = tokens(text)
    left, at = "", 0
    for token in found:
        assert at <= token.start < token.end
        assert token.text == text[token.start : token.end]
        left += text[at : token.start]
        at = token.end
    assert not (left + text[at:]).strip(" \t\r\n")


@examples(200)
@given(TEXTS, st.sampled_from(sorted(UNITS)))
def test_positions_lead_back_to_their_offsets(text: str, encoding: str) -> None:
    places = TextMap(text, encoding)
    for offset in range(len(text) + 1):
        position = places.position(offset)
        if text[max(offset - 1, 0) : offset + 1] != "\r\n":
            assert places.offset(position) == offset
    assert places.offset(types.Position(10_000, 0)) == len(text)
    assert places.offset(types.Position(0, 10_000)) <= len(text)


def test_positions_count_in_the_agreed_units() -> None:
    text = "é😀x\r\ny"
    assert [TextMap(text, encoding).position(2).character for encoding in ("utf-8", "utf-16", "utf-32")] == [6, 3, 2]
    assert TextMap(text).position(5) == types.Position(1, 0)
    assert TextMap(text).offset(types.Position(0, 2)) == 2  # inside the emoji: right behind it


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "http://host/a.ccp", "file://host/a.ccp", "file:///a%00b", "", "file:", "::", "//["]
)
def test_uris_that_are_no_files(uri: str) -> None:
    assert path_of(uri) is None


def test_uris_of_files(tmp_path: Path) -> None:
    path = (tmp_path / "a b%é.ccp").resolve()
    assert path_of(path.as_uri()) == path


def test_random_edits_do_not_end_the_session(tmp_path: Path) -> None:
    asyncio.run(edit_at_random(tmp_path.resolve()))


async def edit_at_random(folder: Path) -> None:
    chance = random.Random(7)
    start = (POLICIES / "claude-code.ccp").read_text("utf-8")
    async with editing(folder) as editor:
        uri = editor.open(folder / "policy.ccp", start)
        for step in range(120):
            text = editor.texts[uri] if step % 20 else start
            at = chance.randrange(len(text) + 1)
            end = min(len(text), at + chance.choice([0, 0, 1, 3, 40]))
            editor.change(uri, text[:at] + chance.choice(PIECES) + text[end:])
            position = types.Position(chance.randrange(40), chance.randrange(60))
            document = editor.identifier(uri)
            client = editor.client
            match step % 6:
                case 0:
                    await client.text_document_completion_async(types.CompletionParams(document, position))
                case 1:
                    await client.text_document_hover_async(types.HoverParams(document, position))
                case 2:
                    await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
                case 3:
                    await client.text_document_definition_async(types.DefinitionParams(document, position))
                case 4:
                    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
                    await client.text_document_code_action_async(types.CodeActionParams(document, whole, types.CodeActionContext([])))
                case _:
                    await client.text_document_formatting_async(types.DocumentFormattingParams(document, types.FormattingOptions(4, True)))
        editor.change(uri, "default -> default\n")
        await editor.diagnostics(uri)
        with_names = "let big = tokens > 5k\nwhen big -> a\ndefault -> default\n"
        editor.change(uri, with_names)
        assert "let: bool" in await editor.hover(uri, "when bi|g")
