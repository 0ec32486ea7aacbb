"""The table that ships is the one that Lark makes of the grammar, and no command makes it anew."""

from __future__ import annotations

from ccproxy.language.lark_table import TABLE, text


def test_the_table_is_of_this_grammar() -> None:
    assert TABLE.read_text("utf-8") == text()
