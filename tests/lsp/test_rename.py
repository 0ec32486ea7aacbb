"""New names for definitions and included files: in every policy that has them, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lsprotocol import types

import ccproxy
from ccproxy.lsp.documents import open_document
from ccproxy.lsp.navigation import Navigation
from ccproxy.lsp.project import Project
from ccproxy.lsp.rename import RenameError, renamable, rename
from ccproxy.models.model_list_reader import read_model_list

from .editor import edited

FILES = {
    "a.ccp": 'include "parts/shared.ccp"\nwhen big and (big == big or not big) -> big  # big\ndefault -> default\n',
    "b.ccp": 'let other = tokens > 5\ninclude "parts/shared.ccp"\nwhen other or big -> "big"\ndefault -> default\n',
    "parts/shared.ccp": 'include "deep/more.ccp"\nlet big = tokens > size\npredicate vip = "rules.vip"("big", big=true)\n',
    "parts/deep/more.ccp": "let size = 100k\n",
    "apart.ccp": "let big = stream\nwhen big -> a\ndefault -> default\n",
}


class Rename:
    """A folder of policies, one of them open, in which something is renamed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = Project(read_model_list)
        self.what: str | None = None
        for name, text in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        (folder / "rules.py").write_text("def vip(request, name, big):\n    return False\n")

    def __call__(self, file: str, marked: str, new: str, *, moves_files: bool = True) -> types.WorkspaceEdit | None:
        """Rename what the bar stands in."""
        path = self.folder / file
        document = open_document(path.as_uri(), path.read_text("utf-8"), 1, "utf-16")
        self.project.put(document)
        before, _, after = marked.partition("|")
        offset = document.text.index(before + after) + len(before)
        view = Navigation(document, self.project.snapshot(document), {})
        stretch = renamable(view, offset)
        self.what = document.text[slice(*stretch)] if stretch else None
        return rename(view, offset, new, self._views, moves_files)

    def _views(self, path: Path) -> list[Navigation]:
        document = next(iter(self.project.documents.values()))
        return [Navigation(document, snapshot, {}) for snapshot in self.project.policies_with(path)]

    def apply(self, edit: types.WorkspaceEdit | None) -> None:
        """Make the changes on disk."""
        assert edit is not None
        for uri, edits in (edit.changes or {}).items():
            self._edit(uri, list(edits))
        for change in edit.document_changes or ():
            if isinstance(change, types.TextDocumentEdit):
                self._edit(change.text_document.uri, [item for item in change.edits if isinstance(item, types.TextEdit)])
            else:
                assert isinstance(change, types.RenameFile)
                new = path_of(change.new_uri)
                new.parent.mkdir(parents=True, exist_ok=True)
                path_of(change.old_uri).rename(new)

    def _edit(self, uri: str, edits: list[types.TextEdit]) -> None:
        path_of(uri).write_text(edited(path_of(uri).read_text("utf-8"), edits), "utf-8")

    def texts(self) -> dict[str, str]:
        """Every policy as it is now."""
        return {path.relative_to(self.folder).as_posix(): path.read_text("utf-8") for path in self.folder.rglob("*.ccp")}


def path_of(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))


@pytest.fixture
def folder(tmp_path: Path) -> Rename:
    return Rename(tmp_path.resolve())


@pytest.mark.parametrize(("file", "marked"), [("a.ccp", "when bi|g"), ("parts/shared.ccp", "let |big")])
def test_a_let_of_a_file_that_two_policies_include(folder: Rename, file: str, marked: str) -> None:
    edit = folder(file, marked, "huge")
    assert folder.what == "big"
    folder.apply(edit)
    assert folder.texts() == {
        **FILES,
        "a.ccp": 'include "parts/shared.ccp"\nwhen huge and (huge == huge or not huge) -> big  # big\ndefault -> default\n',
        "b.ccp": FILES["b.ccp"].replace("or big ->", "or huge ->"),
        "parts/shared.ccp": FILES["parts/shared.ccp"].replace("let big", "let huge"),
    }


def test_a_name_that_another_policy_has_already(folder: Rename) -> None:
    with pytest.raises(RenameError, match="`other` is defined already"):
        folder("a.ccp", "when bi|g", "other")


def test_an_included_file(folder: Rename) -> None:
    edit = folder("a.ccp", 'include "parts/sh|ared', "common/all of it.ccp")
    assert folder.what == "parts/shared.ccp"
    folder.apply(edit)
    assert folder.texts() == {
        "a.ccp": FILES["a.ccp"].replace("parts/shared.ccp", "common/all of it.ccp"),
        "b.ccp": FILES["b.ccp"].replace("parts/shared.ccp", "common/all of it.ccp"),
        "common/all of it.ccp": FILES["parts/shared.ccp"].replace("deep/more.ccp", "../parts/deep/more.ccp"),
        "parts/deep/more.ccp": FILES["parts/deep/more.ccp"],
        "apart.ccp": FILES["apart.ccp"],
    }
    assert ccproxy.load(folder.folder / "b.ccp").decide({}, facts={"tokens": 200_000}).label == "big"


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("../elsewhere.ccp", "stays in the folder of the policy"),
        ("/elsewhere.ccp", "is relative"),
        (" ", "is relative"),
        ("a\0b", "is relative"),
        ("apart.ccp", "there is a file apart.ccp already"),
    ],
)
def test_paths_that_an_include_can_not_have(folder: Rename, new: str, why: str) -> None:
    with pytest.raises(RenameError, match=why):
        folder("b.ccp", 'include "|parts', new)


def test_an_editor_that_moves_no_files(folder: Rename) -> None:
    with pytest.raises(RenameError, match="moves no files"):
        folder("a.ccp", 'include "|parts', "other.ccp", moves_files=False)


@pytest.mark.parametrize("marked", ["|include", "wh|en", "->| big", "# b|ig", "-> b|ig", "-> defa|ult"])
def test_what_has_no_name_of_its_own(folder: Rename, marked: str) -> None:
    assert folder("a.ccp", marked, "new") is None
    assert folder.what is None


def test_an_include_of_nothing(folder: Rename) -> None:
    (folder.folder / "parts" / "shared.ccp").unlink()
    assert folder("a.ccp", 'include "|parts', "new.ccp") is None
