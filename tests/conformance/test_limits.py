"""The limits of the language, and includes and predicates that need a folder of their own."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

import ccproxy
from ccproxy.diagnostics import Code
from ccproxy.policy import check_file

from .made import MADE, Made


@pytest.mark.parametrize("made", MADE, ids=[made.name for made in MADE])
def test_made(made: Made, tmp_path: Path) -> None:
    content = made.content()
    path = tmp_path / "made.ccp"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    diagnostics, _checked = check_file(path)
    errors = [item for item in diagnostics if item.severity == "error"]
    if made.error is None:
        assert errors == []
        assert ccproxy.load(path).decide({"model": made.model}).label == "ok"
        return
    assert [item.code for item in errors] == [made.error]
    span = errors[0].span
    assert made.place is None or span.source.position(span.start) == made.place
    with pytest.raises(ccproxy.PolicyError) as raised:
        ccproxy.load(path)
    assert made.error in [item.code for item in raised.value.diagnostics]


def included(folder: Path, depth: int) -> Path:
    """A policy with includes `depth` deep; the last file has the rule."""
    for level in range(depth):
        (folder / f"level{level}.ccp").write_text(f'include "level{level + 1}.ccp"\n')
    (folder / f"level{depth}.ccp").write_text('when model == "deep" -> ok\n')
    return folder / "level0.ccp"


def test_includes_16_deep(tmp_path: Path) -> None:
    assert ccproxy.load(included(tmp_path, 16)).decide({"model": "deep"}).label == "ok"


def test_includes_17_deep(tmp_path: Path) -> None:
    with pytest.raises(ccproxy.PolicyError) as raised:
        ccproxy.load(included(tmp_path, 17))
    [error] = [item for item in raised.value.diagnostics if item.severity == "error"]
    assert error.code is Code.INCLUDE_TOO_DEEP
    assert error.span.source.path == tmp_path / "level16.ccp"
    assert error.span.source.position(error.span.start) == (1, 9)


def test_many_includes_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "part.ccp").write_text('when model == "part" -> ok\n')
    (tmp_path / "policy.ccp").write_text('include "part.ccp"\n' * 100)
    assert ccproxy.load(tmp_path / "policy.ccp").decide({"model": "part"}).label == "ok"


def test_rules_are_counted_through_includes(tmp_path: Path) -> None:
    (tmp_path / "part.ccp").write_text("when stream->a\n" * 10_000)
    (tmp_path / "policy.ccp").write_text('include "part.ccp"\ninclude "part.ccp"\ndefault -> b\n')
    with pytest.raises(ccproxy.PolicyError) as raised:
        ccproxy.load(tmp_path / "policy.ccp")
    assert [item.code for item in raised.value.diagnostics if item.severity == "error"] == [Code.TOO_MANY_RULES]


def test_a_link_inside_the_folder_may_be_included(tmp_path: Path) -> None:
    (tmp_path / "real.ccp").write_text('when model == "x" -> ok\n')
    os.symlink("real.ccp", tmp_path / "link.ccp")
    (tmp_path / "policy.ccp").write_text('include "link.ccp"\n')
    assert ccproxy.load(tmp_path / "policy.ccp").decide({"model": "x"}).label == "ok"


def test_a_link_out_of_the_folder_may_not(tmp_path: Path) -> None:
    outside = tmp_path / "outside.ccp"
    outside.write_text('when model == "x" -> ok\n')
    folder = tmp_path / "policies"
    folder.mkdir()
    os.symlink(outside, folder / "link.ccp")
    (folder / "policy.ccp").write_text('include "link.ccp"\n')
    diagnostics, checked = check_file(folder / "policy.ccp")
    assert [item.code for item in diagnostics if item.severity == "error"] == [Code.INCLUDE_OUTSIDE]
    assert checked is None


def test_a_cycle_through_a_link_is_a_cycle(tmp_path: Path) -> None:
    os.symlink("policy.ccp", tmp_path / "link.ccp")
    (tmp_path / "policy.ccp").write_text('include "link.ccp"\n')
    diagnostics, _checked = check_file(tmp_path / "policy.ccp")
    assert [item.code for item in diagnostics if item.severity == "error"] == [Code.INCLUDE_CYCLE]


def test_a_slow_predicate_is_false(tmp_path: Path) -> None:
    (tmp_path / "slow_rules.py").write_text(
        textwrap.dedent(
            """
            import time


            def sleeps(request):
                time.sleep(1.3)
                return True
            """
        )
    )
    (tmp_path / "policy.ccp").write_text('predicate slow = "slow_rules.sleeps"\nwhen slow -> waited\ndefault -> ok\n')
    assert ccproxy.load(tmp_path / "policy.ccp").decide({}).label == "ok"
