"""The language reference does what it says: every example runs, every generated table is what the code has."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from ccproxy.facts import fact_named
from ccproxy.facts.counting import media
from ccproxy.language import words
from ccproxy.language.literals import KEYWORDS
from ccproxy.language.syntax import Infix, Quantifier, Relation
from ccproxy.language.types import Type

from .examples import Example, examples
from .running import assert_canonical, assert_holds
from .tables import REFERENCE, TABLES, with_tables

EXAMPLES = examples(REFERENCE)


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"line {example.line}" for example in EXAMPLES])
def test_example(example: Example, tmp_path: Path) -> None:
    assert_canonical(example)
    assert_holds(example, tmp_path)


def test_there_are_requests_in_the_examples() -> None:
    assert sum(len(example.checks) for example in EXAMPLES) >= 50


def test_every_table_is_there_and_what_the_code_has() -> None:
    text = REFERENCE.read_text("utf-8")
    assert all(f"<!-- table: {name} -->" in text for name in TABLES)
    assert with_tables(text) == text, "write them anew: python -m tests.reference.tables"


def test_every_operator_has_a_row() -> None:
    written = [item.written for item in words.OPERATORS]
    of_the_syntax = {*get_args(Relation), *get_args(Infix), *get_args(Quantifier), "and", "or", "not", "has", "count", "+", "-", "*"}
    assert len(written) == len(set(written))
    assert set(written) == of_the_syntax


def test_every_keyword_has_a_row() -> None:
    parts = {part for item in words.OPERATORS for part in item.written.split() if part.isalpha()}
    assert parts | {item.written for item in words.KEYWORDS} == KEYWORDS


def test_types_of_operators_are_types_of_facts() -> None:
    assert {kind for item in words.OPERATORS for kind in item.types} == set(Type)
    tokens = fact_named("tokens")
    assert tokens is not None
    assert tokens.type is Type.NUMBER


def test_what_is_no_text_is_estimated_as_described() -> None:
    _, _, rest = REFERENCE.read_text("utf-8").partition("### How tokens are counted\n")
    told = rest.partition("\n### ")[0]
    numbers = {int(found.replace(",", "")) for found in re.findall(r"(?<![A-Za-z])\d[\d,]*", told)}
    assert numbers == {
        media.CIPHER_CHARACTERS_PER_TOKEN,
        media.PIXELS_PER_TOKEN,
        media.LONGEST_SIDE,
        media.IMAGE_TOKENS,
        media.PAGE_TOKENS,
        media.BYTES_PER_PAGE,
        media.TEXT_BYTES_PER_TOKEN,
        media.SOUND_BYTES_PER_TOKEN,
    }
