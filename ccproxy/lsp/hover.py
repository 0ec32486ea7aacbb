"""Hover: what an editor shows about the word under the pointer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ccproxy.diagnostics import Diagnostic
from ccproxy.facts import fact_named
from ccproxy.facts.readers import FUNCTION_BY_NAME
from ccproxy.language.literals import STATEMENT_KEYWORDS
from ccproxy.language.tokens import Kind, Token, index_at
from ccproxy.language.words import OPERATORS
from ccproxy.lsp.documents import Document, before_edit
from ccproxy.lsp.markdown import describe_definition, describe_fact, describe_function, describe_label, describe_rule, describe_word
from ccproxy.lsp.project import Snapshot
from ccproxy.regular_files import real_path
from ccproxy.source import Source

_PAIRS = frozenset(operator.written for operator in OPERATORS if " " in operator.written)


def hover(
    document: Document,
    offset: int,
    snapshot: Snapshot,
    findings: Sequence[Diagnostic] | None = None,
    hits: Counter[int] | None = None,
) -> tuple[str, Token] | None:
    """Markdown on the token at an offset, and that token; None if there is nothing to say.

    The snapshot may be of an older text of the document.
    """
    index = index_at(document.tokens, offset)
    if index is None:
        return None
    token = document.tokens[index]
    text: str | None = None
    match token.kind:
        case Kind.LABEL:
            text = describe_label(token.value, snapshot.models, snapshot.behind)
        case Kind.WORD | Kind.SIGN:
            text = _rule(document, token, snapshot, findings, hits) or _word(document, index, snapshot)
        case _:
            pass
    return (text, token) if text is not None else None


def _word(document: Document, index: int, snapshot: Snapshot) -> str | None:
    word = document.tokens[index].text
    if definition := snapshot.definitions.get(word):
        return describe_definition(definition, snapshot.types.get(word))
    if fact := fact_named(word):
        return describe_fact(fact)
    if function := FUNCTION_BY_NAME.get(word):
        return describe_function(function)
    around = [token.text for token in document.tokens[max(index - 1, 0) : index + 2]]
    pairs = [" ".join(pair) for pair in pairwise(around)]
    return describe_word(next((pair for pair in pairs if pair in _PAIRS), word))


def _rule(
    document: Document, token: Token, snapshot: Snapshot, findings: Sequence[Diagnostic] | None, hits: Counter[int] | None
) -> str | None:
    """The rule that this keyword or arrow belongs to."""
    if token.text not in (*STATEMENT_KEYWORDS, "->"):
        return None
    places = {source: _place_in(source, document, token) for source in snapshot.loaded.policy.sources}
    for number, rule in enumerate(snapshot.rules, 1):
        place = places[rule.span.source]
        if place is not None and rule.span.start <= place < rule.span.end:
            return describe_rule(number, rule, findings, hits[number] if hits is not None else None)
    return None


def _place_in(source: Source, document: Document, token: Token) -> int | None:
    """Where a token is in a file of the snapshot, whose text may be a few changes old; None where it isn't."""
    if source.path is not None and document.path is not None and real_path(source.path) != document.path:
        return None
    return before_edit(token.start, document.text, source.text)
