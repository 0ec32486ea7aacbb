"""Sources that are replayed in shares, and in several processes, come to the same as those that one process runs through."""

from __future__ import annotations

import json
import pickle
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ccproxy.render.recorded_traffic import replay_json
from ccproxy.replay import in_processes, shares
from ccproxy.replay.apart import Outcome, join, replay_share
from ccproxy.replay.replayed import Replay
from ccproxy.replay.sources import Sources
from tests.cli.run import CONFIG, answer, ccproxy
from tests.language.profile import examples
from tests.replay.made_again import BILL, dying, empty, of_others
from tests.replay.test_accounts import ENDED, FORK, SESSION
from tests.replay.test_sources import lines_of, rollout
from tests.replay.test_transcripts import session

SINCE = datetime(2026, 11, 1, 0, 2, tzinfo=UTC)

# ── Folders made at random ───────────────────────────────────────────────────────────────────────────────────────────

TURNS = st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4), st.booleans()), min_size=1, max_size=5)


def named(turns: list[tuple[str, str, bool]], name: str, answers: str) -> list[dict[str, Any]]:
    """The lines of a session of this name, whose answers have names of their own."""
    lines, _ = session(turns)
    for line in lines:
        line["sessionId"] = name
        if line["type"] == "assistant":
            line["message"]["id"] += answers
            # enough for a prompt cache
            line["message"]["usage"] = {
                kind: 1000 * count + 2000 for kind, count in line["message"]["usage"].items() if isinstance(count, int)
            }
    return lines


@st.composite
def folders(draw: st.DrawFn) -> dict[str, bytes]:
    """Files of a few sessions: some have subagents, some repeat others as forks and resumed sessions do, some are damaged."""
    found: dict[str, bytes] = {}
    written: list[list[dict[str, Any]]] = []
    for number in range(draw(st.integers(2, 6))):
        name = draw(st.sampled_from([f"s{number}", "s0", "s1"]))
        lines = named(draw(TURNS), name, f"-{number}")
        if draw(st.booleans()) and written:
            source = draw(st.sampled_from(written))
            repeated = source[: draw(st.integers(0, len(source)))]
            lines = [{**line, "sessionId": draw(st.sampled_from([name, line["sessionId"]]))} for line in repeated] + lines
        if draw(st.booleans()):
            usage = {"claude-opus-4-5": {"inputTokens": draw(st.integers(0, 99)), "outputTokens": 5}}
            lines.append({"type": "cost-state", "sessionId": name, "modelUsage": usage})
        written.append(lines)
        parts = [lines_of([line]) for line in lines]
        for place in draw(st.sets(st.integers(0, len(parts) - 1), max_size=2)):
            parts[place] = draw(st.sampled_from([b'{"half": \n', b'{"type": "new"}\n', b'{"type": 1}\n', parts[place], parts[-1]]))
        found[f"{number}.jsonl"] = b"".join(parts)
        if draw(st.booleans()):
            agents = named(draw(TURNS), name, draw(st.sampled_from(["-a", f"-{number}"])))
            found[f"{number}/subagents/agent-a.jsonl"] = lines_of([{**line, "agentId": "a"} for line in agents])
    if draw(st.booleans()):
        cut = draw(st.integers(0, 2))
        found |= {"8.jsonl": lines_of(rollout()[cut:]), "9.jsonl": lines_of(rollout()[draw(st.integers(0, 2)) :]), "settings.json": b"{}"}
    return found


def write(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def told(replay: Replay, sources: Sources) -> list[object]:
    """All that is told of a replay, objects with their keys in their order."""
    breakdown = replay.breakdown
    assert breakdown is not None
    return [
        json.dumps(replay_json(replay)),
        repr([getattr(breakdown, field.name) for field in fields(breakdown) if field.name not in ("bill", "zone")]),
        [sources.skipped.lines, sources.skipped.records, list(sources.skipped.kinds.items())],
        [list(sources.files.items()), sources.unread, sources.accounts.unrecorded(BILL)],
        [replay.first, replay.last, [(total.moved, total.incomparable) for total in replay.policies]],
    ]


LONG = [(letter * 40, letter, True) for letter in "abcde"]
GONE_ON = {f"{number}.jsonl": lines_of(named(LONG, name, f"-{number}")) for number, name in enumerate(["s0", "s1", "s0"])}
FORKED = {"0.jsonl": FORK.read_bytes(), "1.jsonl": GONE_ON["1.jsonl"], "2.jsonl": SESSION.read_bytes()}


@examples(80)
@given(folders(), st.sampled_from([None, SINCE]), st.integers(1, 3000), st.randoms())
@example(GONE_ON, None, 1, Random(1))
@example(FORKED, None, 1, Random(1))
def test_shares_come_to_the_same_as_all_at_once(files: dict[str, bytes], since: datetime | None, chunk: int, random: Random) -> None:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(shares, "CHUNK", chunk)
        write(files, Path(name))
        at_once, whole = empty(), Sources([Path(name)])
        at_once.skipped = whole.skipped
        at_once.run(whole.requests(), since)
        apart, parts = empty(), Sources([Path(name)])
        apart.skipped = parts.skipped
        split = shares.split(parts, most=1)
        random.shuffle(split)
        outcomes = [pickle.loads(pickle.dumps(outcome)) for share in split for outcome in replay_share(apart, share, since)]
        join(apart, parts, outcomes)
        assert told(apart, parts) == told(at_once, whole)


def test_what_nothing_ties_is_split(tmp_path: Path) -> None:
    turns = [("a", "b", True)]
    write({f"{name}.jsonl": lines_of(named(turns, name, name)) for name in "abc"}, tmp_path)
    write({"d.jsonl": lines_of(named(turns, "d", "a")), "e.jsonl": lines_of(named(turns, "c", "e"))}, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shares, "CHUNK", 1)
        found = shares.split(Sources([tmp_path]))
    assert sorted([[run.number for run in share.runs] for share in found]) == [[0, 3], [1], [2, 4]]


# ── Processes ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    sources = tmp_path / "sources"
    turns = [("a", "b", True), ("c", "d", False), ("e" * 30, "f", True)]
    write({f"{name}.jsonl": lines_of(named(turns, name, name)) for name in "abcd"}, sources)
    write({path.name: path.read_bytes() for path in ENDED.glob("*.jsonl")}, sources)
    return sources


@pytest.mark.parametrize("again", [empty, dying, of_others])
def test_processes_come_to_the_same_even_where_they_fail(again: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "CHUNK", 1)
    results = []
    for count in (1, 2):
        replay, sources, read = empty(), Sources([folder]), list[int]()
        replay.skipped = sources.skipped
        in_processes.run(replay, sources, None, read.append, again=again, count=count)
        assert sum(read) == sources.size()
        results.append(told(replay, sources))
    assert results[0] == results[1]
    assert active_children() == []


def test_an_interruption_ends_the_processes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "CHUNK", 1)

    def interrupt(size: int) -> None:
        raise KeyboardInterrupt

    sources = Sources([folder])
    with pytest.raises(KeyboardInterrupt):
        in_processes.run(empty(), sources, None, interrupt, again=empty, count=2)
    assert active_children() == []


def test_the_command_prints_the_same(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "old.ccp").write_text("default -> think\n")
    (tmp_path / "new.ccp").write_text("when tokens > 20 -> default\ndefault -> think\n")
    ask = partial(answer, "replay", folder, "-p", tmp_path / "old.ccp", "--against", tmp_path / "new.ccp", "--json")
    expected = ask()
    joined = []

    def counting(replay: Replay, sources: Sources, outcomes: list[Outcome]) -> None:
        joined.append(len(outcomes))
        join(replay, sources, outcomes)

    monkeypatch.setattr(shares, "CHUNK", 1)
    monkeypatch.setattr(in_processes, "LEAST", 0)
    monkeypatch.setattr(in_processes, "processors", lambda: 2)
    monkeypatch.setattr(in_processes, "join", counting)
    assert ask() == expected
    assert joined == [5]


def test_python_predicates_are_asked_in_one_process(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules_asked_alone.py").write_text("def first(request):\n    return True\n")
    (tmp_path / "p.ccp").write_text('predicate first = "rules_asked_alone.first"\nwhen first -> think\ndefault -> default\n')
    monkeypatch.setattr(in_processes, "LEAST", 0)
    monkeypatch.setattr(in_processes, "processors", lambda: 2)
    monkeypatch.setattr(in_processes, "split", lambda sources: pytest.fail("it was split"))
    result = ccproxy("replay", folder, "-p", tmp_path / "p.ccp")
    assert result.exit_code == 0
    assert "Python predicates are asked in one process: this takes longer" in result.stderr
