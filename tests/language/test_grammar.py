"""What follows the grammar by hand follows all of it: the methods of the tree builder, the words before a label, the ends of statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import lark

from ccproxy.language.literals import KEYWORDS, WEEKDAYS
from ccproxy.language.parser import UNFINISHED
from ccproxy.language.tokens import BEFORE_LABELS, SIGNS, WORDS
from ccproxy.language.tree_builder import TreeBuilder

GRAMMAR = lark.Lark((Path(__file__).parents[2] / "grammar" / "ccp.lark").read_text("utf-8"), parser="lalr", lexer="basic")
RULES = [(rule.origin.name, [symbol.name for symbol in rule.expansion]) for rule in GRAMMAR.rules]
TERMINALS = {symbol for _, expansion in RULES for symbol in expansion if symbol.isupper()} - {"$END"}
LITERALS = {"NAME", "FUNCTION", "LABEL", "NUMBER", "PERCENT", "TIME", "TEXT", "PATTERN"}
SOMETIMES = {"NEVER", "ONLY", "COMMA", "LPAR"}
"""What stands before a label of an assertion or a function, and elsewhere before something else."""


def outermost(symbols: Iterable[str], index: int) -> set[str]:
    """The terminals that what these symbols stand for can begin (index 0) or end (-1) with; no rule stands for nothing."""
    found: set[str] = set()
    left = [*symbols]
    while left:
        symbol = left.pop()
        if symbol not in found:
            found.add(symbol)
            left += [expansion[index] for origin, expansion in RULES if origin == symbol and expansion]
    return {symbol for symbol in found if symbol.isupper()}


def neighbours() -> Iterator[tuple[str, str]]:
    """Terminals that stand beside each other within a statement."""
    for origin, expansion in RULES:
        if not origin.startswith(("start", "__start")):
            for left, right in pairwise(expansion):
                yield from ((one, other) for one in outermost([left], -1) for other in outermost([right], 0))


def test_the_words_and_signs_are_those_of_the_tokens() -> None:
    assert {*WORDS.values(), *SIGNS.values(), *LITERALS} == TERMINALS
    assert set(WORDS) == KEYWORDS | set(WEEKDAYS)


def test_every_rule_has_its_method_in_the_tree_builder() -> None:
    named = {origin for origin, _ in RULES if not origin.startswith("_")}
    assert {name for name in vars(TreeBuilder) if not name.startswith("_")} - {"begin"} == named


def test_a_label_is_read_wherever_the_grammar_has_one() -> None:
    assert {one for one, other in neighbours() if other == "LABEL"} == BEFORE_LABELS | SOMETIMES


def test_what_no_statement_ends_with() -> None:
    ends = outermost(["_statement"], -1)
    assert TERMINALS - ends == UNFINISHED
