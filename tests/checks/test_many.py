"""Thousands of mistakes are told in the time that reading them takes: no name is held against every other."""

from __future__ import annotations

from ccproxy.checks import check
from ccproxy.checks.labels import check_labels
from ccproxy.checks.statements import MAX_HINTS
from ccproxy.language.loader import load_text
from ccproxy.models.model_list import ModelList
from ccproxy.source import Source
from tests.analysis.samples import checked_policy


def test_unknown_names() -> None:
    lets = "".join(f"let level_{number} = tokens > {number}\n" for number in range(5_000))
    rules = "".join(f"when lvel_{number} -> a\n" for number in range(5_000))
    diagnostics, _ = check(load_text(lets + rules))
    unknown = [item for item in diagnostics if item.code.slug == "unknown-name"]
    assert len(unknown) == 5_000
    assert sum("did you mean" in (item.help or "") for item in unknown) == MAX_HINTS


def test_unknown_labels() -> None:
    policy = checked_policy("".join(f"when stream -> lebel-{number}\n" for number in range(5_000)) + "default -> label-1\n")
    models = ModelList({f"label-{number}": "m" for number in range(5_000)}, (), Source(""))
    found = list(check_labels(policy, models))
    assert len(found) == 5_000
    assert sum("did you mean" in (item.help or "") for item in found) == MAX_HINTS


def test_a_wildcard_of_many_stars() -> None:
    models = ModelList({}, ("a*" * 500 + "b", "*a*b*"), Source(""))
    assert models.wildcard_for("a" * 4_000) is None
    assert models.wildcard_for("xxaxxbxx") == "*a*b*"
    assert models.wildcard_for("xxbxx") is None
