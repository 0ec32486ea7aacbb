"""Completion offers what the grammar takes, all of it and nothing else: random policies, cut where a token starts."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from ccproxy.language.parser import due_behind
from ccproxy.language.tokens import SIGNS, WORD_TYPES, Token, code_before, tokens, without_comments
from ccproxy.language.words import OPERATORS
from ccproxy.lsp.case_index import Seen
from ccproxy.lsp.completion import complete
from ccproxy.lsp.documents import open_document
from ccproxy.lsp.project import Project
from ccproxy.models.model_list_reader import read_model_list
from tests.language.policies import policies
from tests.language.profile import examples

SEEN = Seen({"effort": {"xhigh": None}, "header": {"x-team": None}, "label": {"a label": None}})
OFFERED_SIGNS = {SIGNS[operator.written] for operator in OPERATORS if operator.written in SIGNS} | {"ARROW"}


@st.composite
def cuts(draw: Any) -> tuple[str, Token, Token | None]:
    """What stands before a token of a random policy, that token, and the one behind it; rare types of tokens as often as others."""
    text = "".join(draw(policies()).lines)
    code = without_comments(tokens(text))
    type_ = draw(st.sampled_from(sorted({token.type for token in code})))
    index = draw(st.sampled_from([index for index, token in enumerate(code) if token.type == type_]))
    return text[: code[index].start], code[index], code[index + 1] if index + 1 < len(code) else None


def completions(text: str) -> list[types.CompletionItem]:
    document = open_document("untitled:1", text, 1, "utf-16")
    project = Project(read_model_list)
    project.put(document)
    return complete(document, len(text), project.snapshot(document), SEEN)


def inserted(item: types.CompletionItem) -> str:
    assert item.text_edit is not None
    return item.text_edit.new_text


def is_offered(token: Token, items: list[types.CompletionItem]) -> bool:
    """Whether one of the items is the token, or of its kind for a label that only this policy has."""
    if token.type == "LABEL":
        return any(item.kind is types.CompletionItemKind.EnumMember for item in items)
    if token.type == "NAME":
        return any(inserted(item) in (token.text, f'{token.text}("') for item in items)
    return any(item.label.split()[0] == token.text for item in items)


@examples(250)
@given(cut=cuts())
def test_what_really_follows_is_offered(cut: tuple[str, Token, Token | None]) -> None:
    before, token, behind = cut
    last = without_comments(tokens(before))[-1:]
    is_new = token.type == "NAME" and (last[0].type in ("LET", "PREDICATE") or (behind is not None and behind.type == "EQUALS"))
    if token.type in WORD_TYPES | OFFERED_SIGNS | {"LABEL", "NAME"} and not is_new:
        items = completions(before)
        assert is_offered(token, items), (before, token, [item.label for item in items])


@examples(120)
@given(cut=cuts())
def test_what_is_offered_is_taken_by_the_grammar(cut: tuple[str, Token, Token | None]) -> None:
    before = cut[0]
    if before != before.rstrip():
        code = code_before(tokens(before), len(before))
        due = due_behind(before, code)
        for item in completions(before):
            follows = without_comments(tokens(before + inserted(item)))[len(code)]
            assert follows.type in due, (before, item.label)
