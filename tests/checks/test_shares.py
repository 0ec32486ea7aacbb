"""Shares that don't add up: what to write instead."""

from __future__ import annotations

import pytest

from ccproxy.checks import check
from ccproxy.diagnostics.fix import apply_edits
from ccproxy.language.loader import load_text


@pytest.mark.parametrize(
    ("written", "hint", "instead"),
    [
        ("90% a, 20% b", "for instance 10% b", "90% a, 10% b"),
        ("99.5% a, 20% b", "for instance 0.5% b", "99.5% a, 0.5% b"),
        ("99% a, 20% b", "for instance 1% b", "99% a, 1% b"),
        ("100% a, 20% b", "make them add up to 100%", None),
        ("20% a", "name the other share too, such as 80% default, 20% a", "80% default, 20% a"),
        ("99.5% a", "name the other share too, such as 0.5% default, 99.5% a", "0.5% default, 99.5% a"),
        ("20% default", "for instance 100% default", "100% default"),
        ("120% a", "for instance 100% a", "100% a"),
    ],
)
def test_shares_that_do_not_add_up(written: str, hint: str, instead: str | None) -> None:
    text = "when stream -> {}\ndefault -> default\n"
    loaded = load_text(text.format(written))
    [problem], _ = check(loaded)
    assert problem.help == hint
    assert [apply_edits(fix.edits, loaded.policy.sources[0].text) for fix in problem.fixes] == ([text.format(instead)] if instead else [])
