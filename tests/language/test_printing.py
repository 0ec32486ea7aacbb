"""What is printed of a syntax tree reads back as the same tree."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ccproxy.language import syntax
from ccproxy.language.parser import parse
from ccproxy.language.printer import format_expression, format_rule
from ccproxy.source import Source

from .expressions import NOWHERE, Writer, name
from .policies import LET_TYPES, Written, policies
from .printing import show
from .profile import examples


@st.composite
def expressions(draw: Any) -> syntax.Expression:
    write = Writer(draw, {})
    type_ = write.pick(*LET_TYPES)
    return write.list_literal(type_[:-1]) if type_.endswith("s") else write.expression(type_, 4)


def read(text: str) -> tuple[syntax.Statement, ...]:
    parsed = parse(Source(text))
    assert [(item.code.slug, item.message) for item in parsed.diagnostics] == []
    return parsed.file.statements


@examples(700)
@given(expression=expressions())
def test_a_printed_expression_reads_back(expression: syntax.Expression) -> None:
    written = syntax.Let(NOWHERE, name("x"), expression)
    assert read(show(written)) == (written,)
    printed = format_expression(expression)
    assert read(f"let x = {printed}") == (written,)
    [again] = read(f"let x = {printed}")
    assert isinstance(again, syntax.Let)
    assert format_expression(again.value) == printed


@examples(300)
@given(written=policies())
def test_a_printed_policy_reads_back(written: Written) -> None:
    assert read("".join(written.lines)) == written.statements
    for rule in written.statements:
        if isinstance(rule, syntax.Rule):
            assert read(format_rule(rule)) == (rule,)
