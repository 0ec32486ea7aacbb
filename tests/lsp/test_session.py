"""One editing session from an empty file to a finished policy, through a real client."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from .editor import Editor, editing

CONFIG = """\
model_list:
  - model_name: default
    litellm_params: {model: anthropic/claude-sonnet-5}
  - model_name: think
    litellm_params: {model: anthropic/claude-opus-5-5}
  - model_name: background
    litellm_params: {model: anthropic/claude-sonnet-5}
"""
CASES = """\
cases:
  - {name: hard, request: {headers: {x-team: research}, body: {output_config: {effort: xhigh}}}, expect: think}
  - {name: named, request: {model: claude-special-model, messages: [{role: user, content: two words}]}, expect: default}
  - {name: harder, request: {body: {output_config: {effort: max}}}, expect: think}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "policy.cases.yaml").write_text(CASES)
    (tmp_path / "policy.ccp").write_text("")
    (tmp_path / "team.ccp").write_text('let research = key.team == "research"\n')
    return tmp_path.resolve()


def test_a_whole_session(folder: Path) -> None:
    asyncio.run(session(folder))


async def session(folder: Path) -> None:
    async with editing(folder) as editor:
        uri = editor.open(folder / "policy.ccp")
        await editor.diagnostics(uri, "CCP117")
        await type_a_rule(editor, uri)
        await mistype(editor, uri)
        await acknowledge(editor, uri)
        await look_around(editor, uri)
        await rename(editor, uri, folder)
        await tidy(editor, uri)
        await watch_cases(editor, uri, folder)
        editor.close(uri)
        await editor.diagnostics(uri)


async def type_a_rule(editor: Editor, uri: str) -> None:
    assert {"when", "let", "include", "default"} <= set(await editor.completions(uri, "|"))
    editor.change(uri, "when eff")
    await editor.diagnostics(uri, "CCP006", "CCP112")
    assert "effort" in await editor.completions(uri, "when eff|")
    editor.change(uri, "when effort ")
    found = await editor.completions(uri, "when effort |")
    assert {"==", "in", "matches", "starts with", "->", "and"} <= set(found)
    assert "<" not in found
    editor.change(uri, 'when effort == ""')
    found = await editor.completions(uri, 'when effort == "|"')
    assert {"xhigh", "max"} <= set(found)
    assert found["xhigh"].text_edit is not None
    assert found["xhigh"].text_edit.new_text == '"xhigh"'
    editor.change(uri, 'when effort == "xhigh" -> ')
    found = await editor.completions(uri, 'when effort == "xhigh" -> |')
    assert {"default", "think", "background", "keep", "reject"} <= set(found)
    assert found["think"].detail == "anthropic/claude-opus-5-5"
    editor.change(uri, 'when effort == "xhigh" -> think\n')
    assert {"fallback", "because", "when", "default"} <= set(await editor.completions(uri, " think\n|"))


async def mistype(editor: Editor, uri: str) -> None:
    editor.change(uri, 'when efort == "xhigh" -> think\ndefault -> defualt\n')
    diagnostic, _ = await editor.diagnostics(uri, "CCP101", "CCP301")
    assert diagnostic.severity is types.DiagnosticSeverity.Error
    (action,) = await editor.actions(uri, diagnostic)
    assert action.edit is not None
    editor.apply(action.edit)
    assert editor.texts[uri].startswith("when effort ==")
    (diagnostic,) = await editor.diagnostics(uri, "CCP301")
    (action,) = await editor.actions(uri, diagnostic)
    assert action.edit is not None
    editor.apply(action.edit)
    assert editor.texts[uri].endswith("default -> default\n")
    await editor.diagnostics(uri)


async def acknowledge(editor: Editor, uri: str) -> None:
    editor.change(uri, 'let hard = effort == "max"\nwhen effort != "xhigh" -> think\ndefault -> default\n')
    unused, negated = await editor.diagnostics(uri, "CCP106", "CCP502")
    titles = {item.code: [action.title for action in await editor.actions(uri, item)] for item in (unused, negated)}
    assert titles["CCP502 negated-missing"] == ["Add has effort", "Acknowledge CCP502 in a comment"]
    *_, action = await editor.actions(uri, negated)
    assert action.edit is not None
    editor.apply(action.edit)
    assert editor.texts[uri].splitlines()[1] == "# ccproxy: CCP502"
    await editor.diagnostics(uri, "CCP106")
    editor.change(uri, editor.texts[uri].replace("!= ", "== ").replace("let", "# ccproxy: CCP106\nlet"))
    (unneeded,) = await editor.diagnostics(uri, "CCP510")
    action, *_ = await editor.actions(uri, unneeded)
    assert action.edit is not None
    editor.apply(action.edit)
    await editor.diagnostics(uri)
    assert "CCP502" not in editor.texts[uri]


async def look_around(editor: Editor, uri: str) -> None:
    editor.change(
        uri,
        'include "team.ccp"\nlet hard = effort in ["xhigh", "max"]\nwhen research and hard -> think\nwhen hard -> think\n'
        'when effort == "max" -> background # 😀 unreachable\ndefault -> default\n',
    )
    found = await editor.diagnostics(uri, "CCP401", "CCP405")
    assert list(found[1].tags or []) == [types.DiagnosticTag.Unnecessary]
    assert found[1].related_information
    assert "text, sometimes there" in await editor.hover(uri, "when eff|ort ==")
    assert "anthropic/claude-opus-5-5" in await editor.hover(uri, "research and hard -> thi|nk")
    assert "let: bool" in await editor.hover(uri, "research and ha|rd")
    assert 'key.team == "research"' in await editor.hover(uri, "when rese|arch")
    assert "Reachable" in await editor.hover(uri, "whe|n hard")
    assert "Not reachable: no request ends at this rule: line 4" in await editor.hover(uri, "whe|n effort ==")
    assert "both hold" in await editor.hover(uri, "research an|d hard")
    assert await editor.hover(uri, "# 😀 unre|achable") == ""
    place = await editor.definition(uri, "research and ha|rd")
    assert place is not None
    assert (place.uri, place.range.start) == (uri, types.Position(1, 4))
    included = await editor.definition(uri, 'include "tea|m.ccp"')
    assert included is not None
    assert included.uri.endswith("/team.ccp")
    label = await editor.definition(uri, "hard -> th|ink\nwhen eff")
    assert label is not None
    assert label.uri.endswith("/config.yaml")
    symbols = await editor.client.text_document_document_symbol_async(types.DocumentSymbolParams(editor.identifier(uri)))
    assert [item.name for item in symbols or []][:3] == ['include "team.ccp"', "hard", "when research and hard"]


async def rename(editor: Editor, uri: str, folder: Path) -> None:
    edit = await editor.rename(uri, "when rese|arch", "researchers")
    assert edit is not None
    team = (folder / "team.ccp").as_uri()
    assert set(edit.changes or {}) == {uri, team}
    editor.open(folder / "team.ccp")
    editor.apply(edit)
    assert editor.texts[team].startswith("let researchers =")
    await editor.diagnostics(uri, "CCP401", "CCP405")
    with pytest.raises(JsonRpcException, match="`tokens` is a fact of the language"):
        await editor.rename(uri, "when resear|chers", "tokens")
    with pytest.raises(JsonRpcException, match="is defined already"):
        await editor.rename(uri, "when resear|chers", "hard")
    moved = await editor.rename(uri, 'include "te|am', "crew/team.ccp")
    assert moved is not None
    *edits, move = moved.document_changes or ()
    assert [item.text_document.uri for item in edits if isinstance(item, types.TextDocumentEdit)] == [uri]
    assert isinstance(move, types.RenameFile)
    assert (move.old_uri, move.new_uri) == (team, (folder / "crew" / "team.ccp").as_uri())
    # what is not saved counts: the name is gone from the included file
    editor.change(team, 'let others = key.team == "research"\n')
    await editor.diagnostics(uri, "CCP101")
    editor.change(team, editor.texts[team].replace("others", "researchers"))
    await editor.diagnostics(uri, "CCP401", "CCP405")
    # a mistake in the included file is told there
    editor.change(team, 'let researchers = key.taem == "research"\n')
    await editor.diagnostics(team, "CCP101")
    editor.close(team)
    await editor.diagnostics(uri, "CCP101")


async def tidy(editor: Editor, uri: str) -> None:
    editor.change(uri, 'when   effort=="max"->think\nwhen true and tokens>10k->background\ndefault->default\n')
    edits = await editor.client.text_document_formatting_async(
        types.DocumentFormattingParams(editor.identifier(uri), types.FormattingOptions(4, True))
    )
    assert edits
    editor.apply(types.WorkspaceEdit(changes={uri: list(edits)}))
    assert 'when effort == "max"       -> think\n' in editor.texts[uri]
    editor.change(uri, "when ( ->")
    assert not await editor.client.text_document_formatting_async(
        types.DocumentFormattingParams(editor.identifier(uri), types.FormattingOptions(4, True))
    )


async def watch_cases(editor: Editor, uri: str, folder: Path) -> None:
    editor.change(uri, 'when effort in ["xhigh", "max"] -> think\nwhen tokens > 90k -> background\ndefault -> default\n')
    await editor.diagnostics(uri)
    assert await editor.lenses(uri) == ["2 cases hit this rule", "no case hits this rule", "1 case hits this rule"]
    assert "2 cases hit this rule" in await editor.hover(uri, "whe|n effort")
    (folder / "no-config").mkdir()
    (folder / "no-config" / "ccproxy.yaml").write_text('tokens: {scale: {"claude-*": 50_000}}\n')
    editor.change(uri, editor.texts[uri] + "# tokens are counted by the settings\n")
    assert await editor.lenses(uri) == ["2 cases hit this rule", "1 case hits this rule", "no case hits this rule"]
    editor.change(uri, 'when header("") == "" -> think\ndefault -> default\n')
    assert "x-team" in await editor.completions(uri, 'header("|")')
    editor.change(uri, 'when header("x-team") == "" -> think\ndefault -> default\n')
    assert "research" in await editor.completions(uri, '== "|"')
    editor.change(uri, 'when model in ["claude", ""] -> think\ndefault -> default\n')
    assert "claude-special-model" in await editor.completions(uri, ', "|"')
