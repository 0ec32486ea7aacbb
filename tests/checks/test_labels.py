"""Labels of a policy against the names of LiteLLM's config."""

from __future__ import annotations

import pytest

from ccproxy.checks import check
from ccproxy.checks.labels import check_labels, unknown_labels
from ccproxy.diagnostics import Code
from ccproxy.language.loader import load_text
from ccproxy.models.model_list import ModelList
from ccproxy.source import Source


def models(*names: str, wildcards: tuple[str, ...] = (), complete: bool = True) -> ModelList:
    return ModelList({name: f"openai/{name}" for name in names}, wildcards, Source("", "config.yaml"), complete)


def findings(text: str, known: ModelList) -> list[tuple[Code, str, str | None]]:
    """Name, the text at the place, and help of each finding."""
    _, checked = check(load_text(text))
    assert checked is not None
    return [(found.code, found.span.text, found.help) for found in check_labels(checked, known)]


def test_labels_that_are_there() -> None:
    assert findings("when stream -> a fallback b\ndefault -> c", models("a", "b", "c")) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("default -> thinc", "thinc"),
        ("default -> think fallback thinc", "thinc"),
        ("default -> 50% think, 50% thinc", "thinc"),
        ("default -> 50% think, 50% think-2 fallback thinc", "thinc"),
        ("assert when stream -> never thinc\ndefault -> think", "thinc"),
        ('default -> "thinc"', '"thinc"'),
    ],
)
def test_a_label_that_is_not_there(text: str, place: str) -> None:
    assert findings(text, models("think", "think-2", "default")) == [(Code.UNKNOWN_LABEL, place, 'did you mean "think"?')]


def test_labels_are_looked_for_whatever_else_is_wrong() -> None:
    broken = 'when stream ->\nassert when streem -> only thinc\nwhen fits("thinc") and (-> b\nlet a = fits("thinc")'
    text = f"when tokns > 5 -> thinc fallback think\n{broken}"
    loaded = load_text(text)
    assert check(loaded)[1] is None
    found = list(unknown_labels(loaded.policy, models("think")))
    assert [(one.code, one.span.text, one.span.line) for one in found] == [
        (Code.UNKNOWN_LABEL, "thinc", 1),
        (Code.UNKNOWN_LABEL, "thinc", 3),
        (Code.UNKNOWN_LABEL, '"thinc"', 5),
    ]
    assert list(unknown_labels(loaded.policy, models("think", wildcards=("*",)))) == []
    assert list(unknown_labels(loaded.policy, models(complete=False))) == []


def test_the_names_are_told_where_none_is_close() -> None:
    assert findings("default -> xyz", models("a", "b")) == [(Code.UNKNOWN_LABEL, "xyz", "its names are: a, b")]


def test_an_implied_default() -> None:
    assert findings("when stream -> a", models("a")) == [(Code.UNKNOWN_LABEL, "", "its names are: a")]
    assert findings("when stream -> a\ndefault -> a", models("a")) == []
    assert findings("when stream -> a", models("a", "default")) == []


@pytest.mark.parametrize(("wildcard", "matches"), [("*", True), ("claude-*", True), ("claude-*-x", False), ("openai/*", False)])
def test_a_label_that_only_a_wildcard_matches(wildcard: str, matches: bool) -> None:
    codes = [code for code, _, _ in findings("default -> claude-opus-5", models("a", wildcards=(wildcard,)))]
    assert codes == [Code.WILDCARD_LABEL if matches else Code.UNKNOWN_LABEL]


def test_keep_and_reject_have_no_labels() -> None:
    assert findings('when stream -> keep\ndefault -> reject "no"', models()) == []


def test_models_in_a_database_may_have_any_name() -> None:
    assert findings("default -> xyz", models("a", complete=False)) == []
