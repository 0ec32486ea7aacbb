"""Completes facts, names, labels, operators, keywords, and the values found in case files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import available_timezones

from lsprotocol import types

from ccproxy.facts import FACTS, FUNCTIONS, fact_named
from ccproxy.frozen import frozen
from ccproxy.language.literals import STATEMENT_KEYWORDS, WEEKDAYS, write_label, write_text
from ccproxy.language.paths import EACH, LAST
from ccproxy.language.tokens import SIGNS, WORDS, Kind
from ccproxy.language.types import Type
from ccproxy.language.words import KEYWORDS, OPERATORS
from ccproxy.lsp.case_index import Seen
from ccproxy.lsp.documents import Document
from ccproxy.lsp.markdown import describe_definition, describe_fact, describe_function, describe_label, describe_word
from ccproxy.lsp.place import Place, Want, place_at
from ccproxy.lsp.project import Snapshot

_KINDS = types.CompletionItemKind
_PREFIXES = ("not", "any", "all", "none", "has", "count")
_KEYWORDS = (
    *(keyword.written for keyword in KEYWORDS if keyword.written not in STATEMENT_KEYWORDS),
    *("with", *WEEKDAYS, *STATEMENT_KEYWORDS),
)
"""The keywords that are not operators, those of statements last."""
_TYPES = SIGNS | WORDS
_BODY_PATHS = (
    *((f"{path}.{LAST}.{key}", "of the last element") for path, key in (("messages", "role"), ("input", "type"), ("contents", "role"))),
    *((f"{path}.{EACH}.{key}", "a list, of every element") for path, key in (("messages", "role"), ("input", "type"), ("tools", "name"))),
)
"""Paths that show both selectors, where people want them most."""


def complete(document: Document, offset: int, snapshot: Snapshot, seen: Seen) -> list[types.CompletionItem]:
    """The completions at an offset, the likeliest first."""
    place = place_at(document.tokens, document.text, offset)
    written = [token.value for token in document.tokens if token.kind is Kind.LABEL and not token.start <= offset <= token.end]
    items: dict[str, _Item] = {}
    for item in _Completion(snapshot, seen, written).items(place):
        items.setdefault(item.insert, item)
    span = document.map.range(place.start, place.end)
    return [
        types.CompletionItem(
            item.label,
            kind=item.kind,
            detail=item.detail or None,
            documentation=types.MarkupContent(types.MarkupKind.Markdown, item.text) if item.text else None,
            sort_text=f"{number:04}",
            filter_text=item.insert,
            text_edit=types.TextEdit(span, item.insert),
        )
        for number, item in enumerate(items.values())
    ]


@frozen
class _Item:
    label: str
    insert: str
    kind: types.CompletionItemKind
    detail: str = ""
    text: str = ""


@frozen
class _Completion:
    snapshot: Snapshot
    seen: Seen
    written: list[str]

    def items(self, place: Place) -> Iterator[_Item]:
        """The items that fit the place."""
        match place.want:
            case Want.OPERAND:
                yield from self._values(place.fact)
                yield from self._names(None)
                yield from self._words(place)
            case Want.LIST:
                yield from self._names(Type.LIST)
            case Want.FACT:
                yield from self._names(None, definitions=False)
            case Want.SPLIT_FACT:
                yield from self._names(Type.TEXT, definitions=False)
            case Want.LABEL:
                yield from self._labels(write_label if place.due else write_text)
                yield from self._words(place)
            case Want.TEXT:
                yield from self._values(place.fact)
            case Want.ZONE:
                yield from (_value(zone) for zone in sorted(available_timezones()))
            case Want.INCLUDE:
                yield from (_value(name) for name in self._files())
            case Want.NOTHING:
                yield from self._words(place)

    # ── Names ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _names(self, kind: Type | None, definitions: bool = True) -> Iterator[_Item]:
        """Facts, readers and, if wanted, lets and predicates; with a type, only those of that type."""
        if definitions:
            for name, definition in self.snapshot.definitions.items():
                of = self.snapshot.types.get(name)
                if kind is None or of in (None, kind):
                    yield _Item(name, name, _KINDS.Variable, str(of or ""), describe_definition(definition, of))
        for fact in FACTS:
            if kind in (None, fact.type) and fact.name not in self.snapshot.definitions:
                yield _Item(fact.name, fact.name, _KINDS.Property, fact.type, describe_fact(fact))
        for function in FUNCTIONS:
            if kind is None or function.type in (None, kind):
                yield _Item(
                    function.form,
                    function.opening,
                    _KINDS.Function,
                    function.type or "by its place",
                    describe_function(function),
                )

    # ── Words of the language ────────────────────────────────────────────────────────────────────────────────────────

    def _words(self, place: Place) -> Iterator[_Item]:
        """The operators and keywords that the grammar accepts; only the operators for the type of the fact before the place."""
        starts_operand = place.want is Want.OPERAND
        kind = None if starts_operand else self._type_of(place.fact)
        for operator in OPERATORS:
            word = operator.written
            if _TYPES[word.split()[0]] not in place.due or (word in _PREFIXES) != starts_operand:
                continue
            if kind is None or kind in operator.types or word in ("and", "or"):
                written = "count(" if word == "count" else word
                yield _Item(word, written, _KINDS.Keyword if starts_operand else _KINDS.Operator, text=describe_word(word) or "")
        if "ARROW" in place.due:
            yield _Item("->", "->", _KINDS.Operator)
        for word in _KEYWORDS:
            if _TYPES[word] in place.due:
                detail = "statement" if word in STATEMENT_KEYWORDS else ""
                yield _Item(word, word, _KINDS.Keyword, detail, describe_word(word) or "")

    def _type_of(self, name: str | None) -> Type | None:
        if name is None:
            return None
        fact = None if name in self.snapshot.definitions else fact_named(name)
        return fact.type if fact is not None else self.snapshot.types.get(name)

    # ── Values, labels, files ────────────────────────────────────────────────────────────────────────────────────────

    def _values(self, name: str | None) -> Iterator[_Item]:
        """Values of a fact or of a reader's argument: those seen in cases, and those with a meaning of their own."""
        if name is None:
            return
        for value in self.seen.of(name):
            yield _value(value, "seen in cases")
        if name == "body":
            yield from (_value(path, detail) for path, detail in _BODY_PATHS)
        fact = fact_named(name)
        if fact is None or name in self.snapshot.definitions:
            return
        yield from (_value(value) for value in fact.texts.values)
        if fact.type is Type.WEEKDAY:
            yield from (_Item(day, day, _KINDS.Constant) for day in WEEKDAYS)

    def _labels(self, write: Callable[[str], str]) -> Iterator[_Item]:
        """The labels; where quotes are open already, an editor shows only what has them."""
        models = self.snapshot.models
        others = (label.name for rule in self.snapshot.rules for label in rule.target.labels)
        for name in dict.fromkeys([*(models.names if models else ()), *self.written, *others, *self.seen.of("label"), "default"]):
            detail = models.names.get(name, "") if models else ""
            yield _Item(name, write(name), _KINDS.EnumMember, detail, describe_label(name, models, self.snapshot.behind))

    def _files(self) -> list[str]:
        """The policies up to two folders below the main file's, named as in an include."""
        main = self.snapshot.loaded.policy.sources[0].path
        if main is None:
            return []
        found = [path for pattern in ("*.ccp", "*/*.ccp", "*/*/*.ccp") for path in sorted(main.parent.glob(pattern)) if path != main]
        return [path.relative_to(main.parent).as_posix() for path in found[:200]]


def _value(value: str, detail: str = "") -> _Item:
    return _Item(value, write_text(value), _KINDS.Value, detail)
