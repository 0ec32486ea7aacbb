"""Any text at all is cut into tokens, and those of a policy are what its syntax tree stands on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.language import syntax
from ccproxy.language.literals import LABEL_FUNCTIONS, forbidden_characters, is_forbidden
from ccproxy.language.parser import parse, statement_starts
from ccproxy.language.tokens import Kind, Token, tokens, without_comments
from ccproxy.source import Source

from .policies import Written, policies
from .profile import examples

POLICIES = [path.read_text("utf-8") for path in sorted((Path(__file__).parents[2] / "policies").glob("*.ccp"))]
PIECES = (
    *("when default assert let never only fallback keep a a.b a/b-c 5 5k 5.5% 22:00 1..2 -> == => .. = <> ( ) [ ] ,".split()),  # noqa: SIM905
    *('"a" "a\\" " /a/i /a\\/ / // # \\ % @ . é'.split()),  # noqa: SIM905
    *("\n", "\r\n", "\t", " ", "\x00", "\u2028", "\ud800"),
)
LITERALS = {
    syntax.Label: "LABEL",
    syntax.Text: "TEXT",
    syntax.Number: "NUMBER",
    syntax.Time: "TIME",
    syntax.Weekday: "WEEKDAY",
    syntax.Pattern: "PATTERN",
    syntax.Name: "NAME",
}


def nodes(value: object) -> Iterator[syntax.Node]:
    """Every node of a tree."""
    if isinstance(value, tuple):
        for item in value:
            yield from nodes(item)
    elif isinstance(value, syntax.Node):
        yield value
        for field in fields(value):
            yield from nodes(getattr(value, field.name))


@examples(700)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=20).map("".join))
def test_every_character_is_white_space_or_in_one_token(text: str) -> None:
    at = 0
    for token in tokens(text):
        assert text[at : token.start].strip(" \t\r\n") == ""
        assert token.start < token.end
        assert token.text == text[token.start : token.end]
        at = token.end
    assert text[at:].strip(" \t\r\n") == ""


@examples(120)
@given(written=policies())
def test_the_tokens_of_a_policy_are_the_leaves_of_its_tree(written: Written) -> None:
    assert_leaves("".join(written.lines))


@pytest.mark.parametrize("text", POLICIES)
def test_the_tokens_of_the_starter_policies_are_the_leaves_of_their_trees(text: str) -> None:
    assert_leaves(text)


def assert_leaves(text: str) -> None:
    """Every literal, name and label of a policy is one token of its type, and no other token has one of these types."""
    parsed = parse(Source(text))
    assert not parsed.diagnostics
    places = {(token.start, token.end): token.type for token in tokens(text)}
    found = {(node.span.start, node.span.end): LITERALS[type(node)] for node in nodes(parsed.file.statements) if type(node) in LITERALS}
    calls = [node for node in nodes(parsed.file.statements) if isinstance(node, syntax.Call) and node.function in LABEL_FUNCTIONS]
    found |= {(call.argument.span.start, call.argument.span.end): "LABEL" for call in calls}
    assert found.items() <= places.items()
    left = [type_ for place, type_ in places.items() if place not in found and type_ in {*LITERALS.values(), "UNKNOWN"} - {"NAME"}]
    assert left == []  # (the names of functions and of arguments are no nodes)


@examples(120)
@given(written=policies())
def test_the_statements_of_a_policy_start_where_they_are_said_to(written: Written) -> None:
    text = "".join(written.lines)
    code = without_comments(tokens(text))
    starts = [code[index].start for index in statement_starts(text, code)]
    assert starts == [statement.span.start for statement in parse(Source(text)).file.statements]


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("when a -> default", "WHEN NAME ARROW LABEL"),
        ("default -> 4 fallback a/b-", "DEFAULT ARROW LABEL FALLBACK LABEL MINUS"),
        ("-> 12.5% a-b, 87.5% 007 by x", "ARROW PERCENT LABEL COMMA PERCENT LABEL BY NAME"),
        ("assert when a -> never b-c, d", "ASSERT WHEN NAME ARROW NEVER LABEL COMMA LABEL"),
        ("-> never b-c", "ARROW NEVER NAME MINUS NAME"),
        ('-> "a b" fallback "c', "ARROW LABEL FALLBACK OPEN_TEXT"),
        ("x in 1..5", "NAME IN NUMBER DOTS NUMBER"),
        ("time in 22:00..06:00", "NAME IN TIME DOTS TIME"),
        ("x matches /a\\/b/i # /c/", "NAME MATCHES PATTERN COMMENT"),
        ("x matches /a", "NAME MATCHES OPEN_PATTERN"),
        ("a => b <> c && d", "NAME UNKNOWN NAME UNKNOWN NAME UNKNOWN NAME"),
        ("notx trueish mon.x mon", "NAME NAME NAME WEEKDAY"),
        ("fits(a-b) fits (4) fits fits.x (", "FUNCTION LPAR LABEL RPAR FUNCTION LPAR LABEL RPAR NAME NAME LPAR"),
        ('quota # why\n ( "a" )', "FUNCTION COMMENT LPAR LABEL RPAR"),
        ("a - -b 5.5k.x", "NAME MINUS MINUS NAME NUMBER UNKNOWN NAME"),
    ],
)
def test_types(text: str, types: str) -> None:
    assert " ".join(token.type for token in tokens(text)) == types


def test_what_a_token_says() -> None:
    assert [token.value for token in tokens('"a\\n" "b\\q" "c x')] == ["a\n", "b\\q", "c x"]
    assert tokens("-> “a”")[1] == Token("UNKNOWN", 3, 4, "“")
    kinds = [Kind.WORD, Kind.NUMBER, Kind.WORD, Kind.TEXT, Kind.SIGN, Kind.LABEL, Kind.PATTERN]
    assert [token.kind for token in tokens('x 5% mon "b" -> "c" /a # c')] == kinds
    assert [token.kind for token in tokens("x # c")] == [Kind.WORD, Kind.COMMENT]


def test_every_forbidden_character_is_found() -> None:
    """Among printable ones too, of which a text is known by a quicker look."""
    every = list(map(chr, range(sys.maxunicode + 1)))
    forbidden = [character for character in every if is_forbidden(character) and character != "\r"]
    assert [every[offset] for offset in forbidden_characters("".join(every))] == forbidden
    assert all(forbidden_characters(f"a\t{character}\r\n") == [2] for character in forbidden)
    assert len(forbidden) == 2048 + 74
