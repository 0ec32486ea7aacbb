"""What is noticed of a policy's files."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

import ccproxy
from ccproxy.facts import TokenCounter
from ccproxy.gateway.policy_file import Reading, changed, read_policy, state_of


def read(path: Path) -> tuple[ccproxy.Policy | None, Reading]:
    reading = Reading()
    try:
        return read_policy(path, path.parent, TokenCounter(), lambda name, what, error: None, reading), reading
    except (ccproxy.PolicyError, OSError):
        return None, reading


def test_a_file_that_stays_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "policy.ccp").write_text("default -> think\n")
    policy, reading = read(tmp_path / "policy.ccp")
    assert policy is not None
    assert not changed(reading.states)


@pytest.mark.parametrize("name", ["policy.ccp", "part.ccp", "deeper/part.ccp"])
@pytest.mark.parametrize("way", ["written", "replaced", "deleted"])
def test_every_file_counts(tmp_path: Path, name: str, way: str) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "policy.ccp").write_text('include "part.ccp"\ndefault -> think\n')
    (tmp_path / "part.ccp").write_text('include "deeper/part.ccp"\n')
    (tmp_path / "deeper" / "part.ccp").write_text("when stream -> background\n")
    policy, reading = read(tmp_path / "policy.ccp")
    assert policy is not None
    if way == "written":
        (tmp_path / name).write_text("default -> other\n\n")
    elif way == "replaced":
        before = (tmp_path / name).stat()
        (tmp_path / "new").write_bytes((tmp_path / name).read_bytes())
        os.utime(tmp_path / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
        (tmp_path / "new").replace(tmp_path / name)
    else:
        (tmp_path / name).unlink()
    assert changed(reading.states)


def test_a_missing_include_that_appears(tmp_path: Path) -> None:
    (tmp_path / "policy.ccp").write_text('include "part.ccp"\ndefault -> think\n')
    policy, reading = read(tmp_path / "policy.ccp")
    assert policy is None
    assert not changed(reading.states)
    (tmp_path / "part.ccp").write_text("")
    assert changed(reading.states)


def test_a_missing_policy_that_appears(tmp_path: Path) -> None:
    policy, reading = read(tmp_path / "policy.ccp")
    assert policy is None
    assert not changed(reading.states)
    (tmp_path / "policy.ccp").write_text("")
    assert changed(reading.states)


def test_the_include_of_a_broken_policy(tmp_path: Path) -> None:
    (tmp_path / "policy.ccp").write_text('include "part.ccp"\ndefault -> think\n')
    (tmp_path / "part.ccp").write_text("when nonsense -> think\n")
    policy, reading = read(tmp_path / "policy.ccp")
    assert policy is None
    (tmp_path / "part.ccp").write_text("when stream -> think\n")
    assert changed(reading.states)


def versions(folder: Path) -> None:
    """Two versions with the same bytes and times, `now` a link to the first."""
    for version in ("v1", "v2"):
        (folder / version).mkdir()
        for name, text in (("policy.ccp", 'include "part.ccp"\n'), ("part.ccp", "default -> think\n")):
            (folder / version / name).write_text(text)
            os.utime(folder / version / name, (1, 1))
    (folder / "now").symlink_to("v1")


def swap(folder: Path, target: str) -> None:
    (folder / "next").symlink_to(target)
    (folder / "next").replace(folder / "now")


def test_a_swapped_link_of_the_folder(tmp_path: Path) -> None:
    versions(tmp_path)
    (tmp_path / "policy.ccp").symlink_to("now/policy.ccp")
    for path in (tmp_path / "now" / "policy.ccp", tmp_path / "policy.ccp"):
        policy, reading = read(path)
        assert policy is not None
        assert not changed(reading.states)
        swap(tmp_path, "v2")
        assert changed(reading.states)
        swap(tmp_path, "v1")
        assert not changed(reading.states)


def test_a_swapped_link_of_an_include(tmp_path: Path) -> None:
    versions(tmp_path)
    (tmp_path / "policy.ccp").write_text('include "now/part.ccp"\n')
    policy, reading = read(tmp_path / "policy.ccp")
    assert policy is not None
    swap(tmp_path, "v2")
    assert changed(reading.states)


def test_loops_and_folders_are_states_too(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert state_of(tmp_path / "loop") is None
    assert state_of(tmp_path) is not None


RULES = """
let agentic = count(tools) > 2 and any tools starts with "mcp__"
assert when stream -> never x
when model matches "claude-*" and tokens > 100k -> a
when agentic and header("x-team") in ["one", "two"] -> 80% b, 20% c by session
when (tokens.system > tokens.tools or time in 08:00..18:00) and weekday == mon -> d because "it is Monday"
when prompt contains "refactor" and user != session and metadata("a") == "b" -> e fallback a
default -> f
"""


def test_what_proofs_are_made_of_is_not_left_to_the_garbage_collector(tmp_path: Path) -> None:
    """Looking for garbage stops the process, the longer the more there is."""
    path = tmp_path / "policy.ccp"
    path.write_text(RULES)
    read(path)  # what is made once
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        policy, _ = read(path)
        gc.collect()
        left = {type(one).__qualname__ for one in gc.garbage if type(one).__module__.startswith("ccproxy.analysis")}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert policy is not None
    assert left == set()
