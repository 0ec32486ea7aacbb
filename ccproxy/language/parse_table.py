"""Runs Lark's LALR parser for `grammar/ccp.lark` on the tokens of a text. The only module that imports lark."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import lark
from lark.parsers.lalr_interactive_parser import InteractiveParser

from ccproxy.language import syntax
from ccproxy.language.tokens import WORD_TYPES, Token
from ccproxy.language.tree_builder import TreeBuilder
from ccproxy.private_files import make_folder, make_own_folder, open_own


@dataclass(frozen=True, slots=True)
class Refused:
    """Raised for a syntax error: the index of the unexpected token (the number of tokens at the end) and the types of the expected ones."""

    index: int
    due: frozenset[str]


class ParseTable:
    """The compiled grammar. It reads one text at a time; the tree is built while Lark reduces, without recursion."""

    def __init__(self, builder: TreeBuilder) -> None:
        self._lark = lark.Lark(
            (_grammar_folder() / "ccp.lark").read_text(encoding="utf-8"),
            parser="lalr",
            lexer="basic",  # never called: the grammar's terminals have no patterns
            maybe_placeholders=False,
            keep_all_tokens=True,
            transformer=builder,
            cache=_cached_table(),
        )

    def read(self, code: Sequence[Token]) -> list[syntax.Statement] | Refused:
        """Parse these tokens, comments left out, into what the builder makes of them."""
        parser = self._lark.parse_interactive()
        feed = _feeding(parser)
        index = 0
        try:
            for index, token in enumerate(code):  # noqa: B007 (the handler reads it)
                feed(token)
            index = len(code)
            return cast("list[syntax.Statement]", parser.feed_eof())  # type: ignore[no-untyped-call]
        except lark.UnexpectedToken:
            return Refused(index, self.due(code[: index + 1]))

    def due(self, code: Sequence[Token]) -> frozenset[str]:
        """The types of the tokens that can follow these, `$END` for the end; a token that doesn't fit is skipped."""
        parser = self._lark.parse_interactive()
        parser.parser_state.parse_conf.callbacks = {}  # no tree is wanted
        feed = _feeding(parser)
        for token in code:
            try:
                feed(token)
            except lark.UnexpectedToken:
                continue
        return frozenset(parser.accepts())  # type: ignore[no-untyped-call]


def _feeding(parser: InteractiveParser) -> Callable[[Token], None]:
    """Feeds a token, of which Lark only asks the type. A reserved word counts as a name or label where only that is expected."""
    feed = cast("Callable[[Token], None]", parser.feed_token)
    choices = cast("Callable[[], dict[str, object]]", parser.choices)

    def feed_as_due(token: Token) -> None:
        if token.type in WORD_TYPES and token.type not in (due := choices()):
            token = replace(token, type="NAME" if "NAME" in due else "LABEL" if "LABEL" in due else token.type)
        feed(token)

    return feed_as_due


def _grammar_folder() -> Path:
    spec = find_spec("ccproxy.grammar")
    if spec is None or spec.origin is None:
        raise RuntimeError("this installation of ccproxy has no grammar: install it again")
    return Path(spec.origin).parent


def _cached_table() -> str | bool:
    """The file in the user's cache folder in which Lark keeps its table; False if the folder isn't theirs alone: a pickle runs code."""
    if os.name != "posix":
        return False
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "ccproxy"
        make_folder(folder.parent)
        make_own_folder(folder)
        table = folder / "ccp.lark.pickle"
        with suppress(FileNotFoundError):
            os.close(open_own(table, os.O_RDONLY))
        return str(table) if folder.is_absolute() and not folder.stat().st_mode & 0o077 else False
    except (OSError, RuntimeError):
        return False
