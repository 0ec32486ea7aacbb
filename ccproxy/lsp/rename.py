"""Renames lets, predicates and included files in every policy that uses them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lsprotocol import types

from ccproxy.checks.names import definition_problem
from ccproxy.language import syntax
from ccproxy.language.literals import write_text
from ccproxy.lsp.navigation import Navigation, included_path
from ccproxy.regular_files import exists, real_path
from ccproxy.source import Source, Span


class RenameError(Exception):
    """Raised for an invalid new name; the text says why, and what would be valid."""


PoliciesWith = Callable[[Path], Sequence[Navigation]]
"""Finds every policy that has a file, so that a name changes in all of them."""


def renamable(view: Navigation, offset: int) -> tuple[int, int] | None:
    """The range around an offset that can be renamed: a name, or the path of an include without its quotes."""
    if name := view.name_at(offset):
        return name.start, name.end
    include = view.include_at(offset)
    if include is None or view.included(include) is None:
        return None
    return include.path.span.start + 1, include.path.span.end - 1


def rename(view: Navigation, offset: int, new: str, policies_with: PoliciesWith, moves_files: bool) -> types.WorkspaceEdit | None:
    """The edits that rename what is at an offset, None if nothing can be renamed; `moves_files`: the editor can move files.

    RenameError for an invalid name.
    """
    if name := view.name_at(offset):
        path = view.snapshot.definitions[name.text].name.span.source.path
        return _rename_definition([view] if path is None else policies_with(real_path(path)), name.text, new)
    include = view.include_at(offset)
    included = view.included(include) if include is not None else None
    if include is None or included is None or included.path is None:
        return None
    if not moves_files:
        raise RenameError("this editor moves no files for a server: rename the file, then write its new path here")
    return _rename_file(policies_with(real_path(included.path)), include, new)


class _Edits:
    """Collects edits of files, each place once, however many policies it occurs in."""

    def __init__(self) -> None:
        self.by_uri: dict[str, list[types.TextEdit]] = {}

    def add(self, view: Navigation, span: Span, text: str) -> None:
        """Replace a span by a text."""
        edit = types.TextEdit(view.range(span), text)
        edits = self.by_uri.setdefault(view.uri(span.source), [])
        if edit not in edits:
            edits.append(edit)


def _rename_definition(views: Sequence[Navigation], name: str, new: str) -> types.WorkspaceEdit:
    """The edits that rename a let or predicate in these policies, all of which have its file.

    RenameError for a name that is invalid in one of them.
    """
    edits = _Edits()
    for view in views:
        taken = {other: definition.name.span for other, definition in view.snapshot.definitions.items()}
        problem = definition_problem(syntax.Name(Span(Source(new), 0, len(new)), new), taken) if new != name else None
        if problem is not None:
            raise RenameError(f"{problem.message}: {problem.help}")
        for span in view.places(name):
            edits.add(view, span, new)
    return types.WorkspaceEdit(changes={uri: list(found) for uri, found in edits.by_uri.items()})


def _rename_file(views: Sequence[Navigation], include: syntax.Include, new: str) -> types.WorkspaceEdit:
    """The edits that move an included file, adapting its own includes and those of it in these policies; `new` is relative to the include.

    RenameError for an invalid path.
    """
    old, including = included_path(include), include.span.source.path
    if old is None or including is None or old.is_symlink():
        raise RenameError("what is included here is no file of its own")
    if not new.strip() or not new.isprintable() or Path(new).is_absolute():
        raise RenameError("the path of an include is relative to the file that it stands in")
    wanted = Path(os.path.normpath(real_path(including).parent / new))
    old = real_path(old)
    if wanted != old and exists(wanted):
        raise RenameError(f"there is a file {new} already")
    edits = _Edits()
    old_uri = old.as_uri()
    for view in views:
        main = view.snapshot.loaded.policy.sources[0].path
        if main is not None and not wanted.is_relative_to(real_path(main).parent):
            raise RenameError(f"an include stays in the folder of the policy, {main.parent}")
        for item, path in _includes(view):
            source = item.span.source.path
            folder = real_path(source).parent if source is not None else main
            if path == old:
                old_uri = next((view.uri(found) for found in view.snapshot.loaded.policy.sources if found.path == old), old_uri)
                edits.add(view, item.path.span, write_text(_relative(wanted, folder)))
            elif source is not None and real_path(source) == old:
                edits.add(view, item.path.span, write_text(_relative(path, wanted.parent)))
    changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = [
        types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri), list(found)) for uri, found in edits.by_uri.items()
    ]
    return types.WorkspaceEdit(document_changes=[*changes, types.RenameFile(old_uri, wanted.as_uri())])


def _includes(view: Navigation) -> Iterator[tuple[syntax.Include, Path]]:
    """The includes of a policy with their files, links resolved."""
    for item in view.snapshot.loaded.policy.statements:
        if isinstance(item, syntax.Include) and (path := included_path(item)) is not None:
            yield item, real_path(path)


def _relative(path: Path, folder: Path | None) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()
