"""Files of one's own: whole, private, and never what somebody planted in their place."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ccproxy import private_files
from ccproxy.config.calibration import Answer, Calibration, read_groups
from ccproxy.gateway.record_file import RecordFile
from ccproxy.gateway.worker_status import StatusFile
from ccproxy.private_files import NotOwnError, locked, make_own_folder, read_text, write_new, write_whole
from ccproxy.service.litellm_process import free_port, start_proxy
from ccproxy.service.logs import follow, last_lines, rotate
from ccproxy.service.pid_file import Running, read_pid_file, write_pid_file
from ccproxy.service.pid_file import locked as proxy_locked

OWN = "it is no regular file or folder of this user's own"


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


# ── Written whole ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    with path.open() as before:
        write_whole(path, "new")
        assert (before.read(), read_text(path), mode(path)) == ("old", "new", 0o600)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("durable", [True, False])
def test_what_fails_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool) -> None:
    (tmp_path / "file").write_text("old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync" if durable else "replace", full)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(tmp_path / "file", "new", durable=durable)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


def test_a_new_file_is_none_that_was_there(tmp_path: Path) -> None:
    write_new(tmp_path / "file", "new")
    assert (read_text(tmp_path / "file"), mode(tmp_path / "file")) == ("new", 0o600)
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            write_new(tmp_path / name, "another")
    assert not (tmp_path / "nowhere").exists()


def test_a_long_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_files, "MOST_BYTES", 5)
    (tmp_path / "file").write_text("12345")
    assert read_text(tmp_path / "file") == "12345"
    (tmp_path / "file").write_text("123456")
    with pytest.raises(OSError, match="too large"):
        read_text(tmp_path / "file")


HOLDER = """
import sys, time
from pathlib import Path
from ccproxy.private_files import locked
with locked(Path(sys.argv[1])):
    print(flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_holds_a_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    waited: list[float] = []
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()

        def waiting(seconds: float) -> None:
            assert holder.stdin is not None
            waited.append(seconds)
            holder.stdin.close()

        with locked(lock, waiting):
            assert holder.wait() == 0
    assert waited
    assert mode(lock) == 0o600


# ── Planted ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def to_a_file(path: Path) -> None:
    path.symlink_to(path.parent / "elsewhere")
    (path.parent / "elsewhere").write_text('{"precious": 1}\n')


def to_nowhere(path: Path) -> None:
    path.symlink_to(path.parent / "elsewhere")


def fifo(path: Path) -> None:
    os.mkfifo(path)


def stranger(path: Path) -> None:
    path.write_text("")
    try:
        os.chown(path, os.geteuid() + 1, -1)
    except PermissionError:
        pytest.skip("only root can give files away")


planted = pytest.mark.parametrize("plant", [to_a_file, to_nowhere, fifo, stranger])

Plant = Callable[[Path], None]


def unharmed(folder: Path, plant: Plant) -> None:
    """Nothing was written, or made, where a planted link leads to."""
    elsewhere = folder / "elsewhere"
    assert (elsewhere.read_text() if elsewhere.exists() else None) == ('{"precious": 1}\n' if plant is to_a_file else None)


@planted
def test_records_are_not_written_there(tmp_path: Path, plant: Plant) -> None:
    plant(tmp_path / "decisions.jsonl")
    records = RecordFile(tmp_path, 1_000_000, timedelta(days=1))
    with pytest.raises(NotOwnError, match=OWN):
        records.append(b"{}\n")
    with pytest.raises(NotOwnError, match=OWN):
        records.tidy()
    unharmed(tmp_path, plant)


def test_records_are_not_written_to_a_link_that_is_planted_later(tmp_path: Path) -> None:
    records = RecordFile(tmp_path, 1_000_000, timedelta(days=1))
    records.append(b"{}\n")
    (tmp_path / "decisions.jsonl").rename(tmp_path / "mine")
    (tmp_path / "decisions.jsonl").symlink_to(tmp_path / "mine")
    with pytest.raises(NotOwnError):
        records.append(b"{}\n")
    assert (tmp_path / "mine").read_bytes() == b"{}\n"


@planted
def test_a_log_is_neither_written_nor_read_there(tmp_path: Path, plant: Plant) -> None:
    log = tmp_path / "proxy.log"
    plant(log)

    def start() -> object:
        return start_proxy(tmp_path / "config.yaml", host="127.0.0.1", port=free_port(), log=log, environment={})

    for use in (lambda: rotate(log), lambda: last_lines(log, 5), lambda: next(follow(log)), start):
        with pytest.raises(Exception, match=OWN):
            use()
    unharmed(tmp_path, plant)


@planted
def test_the_pid_of_a_planted_file_is_no_proxy_s(tmp_path: Path, plant: Plant) -> None:
    running = Running(os.getpid(), "now", "127.0.0.1", 4000, 1)
    plant(tmp_path / "proxy.pid")
    if plant is to_a_file:
        write_pid_file(tmp_path, running)
        (tmp_path / "proxy.pid").rename(tmp_path / "elsewhere")
        (tmp_path / "proxy.pid").symlink_to(tmp_path / "elsewhere")
    assert read_pid_file(tmp_path) is None
    write_pid_file(tmp_path, running)
    assert read_pid_file(tmp_path) == running
    assert not (tmp_path / "proxy.pid").is_symlink()


@planted
def test_calibration_is_not_read_there_and_takes_its_place(tmp_path: Path, plant: Plant) -> None:
    path = tmp_path / "calibration.json"
    plant(path)
    calibration = Calibration(tmp_path)
    calibration.learn(Answer("think", 110, 100))
    calibration.save()
    assert read_groups(tmp_path)["think"].answers == 1
    assert path.is_file()
    assert not path.is_symlink()
    unharmed(tmp_path, plant)


@planted
@pytest.mark.parametrize("lock", ["calibration.lock", "proxy.lock", ".decisions.lock"])
def test_locks_are_not_taken_there(tmp_path: Path, plant: Plant, lock: str) -> None:
    plant(tmp_path / lock)
    calibration = Calibration(tmp_path)
    calibration.learn(Answer("think", 110, 100))
    records = RecordFile(tmp_path, 1_000_000, timedelta(days=1))

    def start() -> None:
        with proxy_locked(tmp_path, lambda waited: None):
            pass

    with pytest.raises(NotOwnError):
        {"calibration.lock": calibration.save, "proxy.lock": start, ".decisions.lock": records.tidy}[lock]()
    unharmed(tmp_path, plant)


@planted
def test_a_status_takes_the_place_of_what_is_planted(tmp_path: Path, plant: Plant) -> None:
    path = tmp_path / f"{os.getpid()}.json"
    plant(path)
    plant_draft = path.with_suffix(".tmp")
    plant_draft.symlink_to(tmp_path / "elsewhere")
    StatusFile(tmp_path).write({"requests": 1})
    assert path.is_file()
    assert not path.is_symlink()
    unharmed(tmp_path, plant)


def test_a_folder_of_statuses_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "status").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotOwnError, match=OWN):
        StatusFile(tmp_path / "status").write({"requests": 1})
    assert list((tmp_path / "elsewhere").iterdir()) == []
    make_own_folder(tmp_path / "new")
    make_own_folder(tmp_path / "new")
    assert mode(tmp_path / "new") == 0o700
