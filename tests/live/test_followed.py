"""Records are read from their end, and followed over rotations, without a line lost or told twice."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccproxy.gateway.record_file import RecordFile
from ccproxy.live import followed
from ccproxy.live.followed import Followed, lines_backward
from tests.language.profile import examples


def line(number: int) -> bytes:
    return json.dumps({"id": str(number), "time": f"2026-11-27T10:00:{number % 60:02}Z"}).encode() + b"\n"


def numbers(records: list[dict[str, object]]) -> list[int]:
    return [int(str(record["id"])) for record in records]


@examples(100)
@given(st.lists(st.binary(max_size=12).map(lambda text: text.replace(b"\n", b"")), max_size=30), st.integers(1, 40))
def test_lines_backward_are_the_lines(lines: list[bytes], block: int) -> None:
    data = b"\n".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(followed, "BLOCK", block)
        found = list(lines_backward(io.BytesIO(data), len(data)))
    assert found == [line for line in reversed(lines) if line]


def test_an_overlong_line_is_passed_over_both_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed, "BLOCK", 64)
    monkeypatch.setattr(followed, "LONGEST_LINE", 100)
    path = tmp_path / "decisions.jsonl"
    long = b'{"id": "' + b"9" * 1000 + b'"}\n'
    path.write_bytes(line(1) + long + line(2))
    follower = Followed(path)
    assert numbers(follower.last(10)) == [1, 2]
    with path.open("ab") as file:
        file.write(line(3) + long + line(4))
    assert numbers(list(follower.appended())) == [3, 4]


def test_the_last_records_come_from_rotated_files_too(tmp_path: Path) -> None:
    (tmp_path / "decisions-20261126T100000.000-0.jsonl").write_bytes(line(1) + line(2))
    (tmp_path / "decisions-20261127T100000.000-0.jsonl").write_bytes(line(3) + line(4))
    (tmp_path / "decisions.jsonl").write_bytes(line(5) + b'{"answer": "5"}\n' + b"not JSON\n" + b'{"id": "half')
    follower = Followed(tmp_path / "decisions.jsonl")
    assert [record.get("id", "answer") for record in follower.last(3)] == ["3", "4", "5", "answer"]
    assert follower.unreadable == 1


def test_a_half_written_line_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(line(1) + line(2)[:9])
    follower = Followed(path)
    assert numbers(follower.last(10)) == [1]
    assert list(follower.appended()) == []
    with path.open("ab") as file:
        file.write(line(2)[9:])
    assert numbers(list(follower.appended())) == [2]


def test_what_several_workers_write_over_rotations_is_told_once(tmp_path: Path) -> None:
    follower = Followed(tmp_path / "decisions.jsonl")
    assert follower.last(10) == []
    workers = [RecordFile(tmp_path, 8_000, timedelta(days=30)) for _ in range(3)]
    found: list[int] = []
    for number in range(300):
        workers[number % 3].append(line(number))
        if number % 7 == 0:
            found += numbers(list(follower.appended()))
    found += numbers(list(follower.appended()))
    assert sorted(found) == list(range(300))
    assert len(list(tmp_path.glob("decisions-*.jsonl"))) > 3


def test_a_line_written_into_a_file_after_it_was_rotated_is_told(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(line(1))
    follower = Followed(path)
    follower.last(10)
    with path.open("ab") as late:
        path.rename(tmp_path / "decisions-20261127T100000.000-0.jsonl")
        path.write_bytes(line(2))
        assert numbers(list(follower.appended())) == [2]
        late.write(line(3))
        late.flush()
        assert numbers(list(follower.appended())) == [3]
    for _ in range(followed.LAST_READS + 1):
        list(follower.appended())
    assert len(follower._rotated) == 0


def test_a_file_that_is_emptied_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(line(1) + line(2))
    follower = Followed(path)
    follower.last(10)
    path.write_bytes(line(3))
    assert numbers(list(follower.appended())) == [3]
