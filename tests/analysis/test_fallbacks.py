"""LiteLLM's own fallbacks in the proofs."""

from __future__ import annotations

import pytest

from ccproxy.analysis.findings import analyse
from ccproxy.diagnostics import Code
from ccproxy.models.model_list import ANY_LABEL, ConfiguredFallback, ModelList
from ccproxy.source import Source, Span

from .samples import checked_policy

SOURCE = Source("fallbacks: …", "config.yaml")


def models(**fallbacks: tuple[str, ...]) -> ModelList:
    own = [
        ConfiguredFallback(ANY_LABEL if label == "anything" else label, to, "fallbacks", Span(SOURCE, 0, 9))
        for label, to in fallbacks.items()
    ]
    return ModelList({}, (), SOURCE, fallbacks=tuple(own))


@pytest.mark.parametrize(
    ("target", "assertion", "configured", "kept"),
    [
        ("a", "only a", models(), True),
        ("a", "only a", models(a=("b",)), False),
        ("a", "only a, b", models(a=("b",)), True),
        ("a", "only a, b", models(a=("b",), b=("c",)), False),
        ("a", "never c", models(a=("b",), b=("c",)), False),
        ("a", "never c", models(b=("c",)), True),
        ("a", "never c", models(anything=("c",)), False),
        ("a", "never c", models(a=("a",), anything=("c",)), True),
        ("a fallback b", "only a, b", models(a=("c",), b=("c",)), True),
        ("50% a, 50% b by user", "never c", models(b=("c",)), False),
        ("50% a, 50% b by user", "never c", models(d=("c",)), True),
        ("keep", "never c", models(anything=("c",)), True),
        ('reject "no"', "only a", models(anything=("c",)), True),
    ],
)
def test_an_assertion_counts_them(target: str, assertion: str, configured: ModelList, kept: bool) -> None:
    checked = checked_policy(f'when stream -> {target}\ndefault -> reject "no"\nassert when stream -> {assertion}\n')
    found = [item for item in analyse(checked, model_list=configured) if item.code is Code.ASSERTION_BROKEN]
    assert (found == []) is kept
    if found:
        assert any(note.span is not None and note.span.source is SOURCE for note in found[0].notes)
        assert found[0].witness is not None


def test_a_cycle_of_them_ends() -> None:
    assert set(models(a=("b",), b=("a", "c"), c=("b",)).beyond("a")) == {"b", "c"}
