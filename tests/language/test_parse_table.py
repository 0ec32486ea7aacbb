"""Lark's table is kept in the user's cache folder, and never taken from one that others can write to."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

READ = "from ccproxy.language.parser import parse; from ccproxy.source import Source; print(parse(Source('default -> a')).file.statements)"


class Planted:
    """A pickle that makes a folder when it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def read_a_policy(cache: Path | str, home: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", READ], env=environment, cwd=home, capture_output=True, text=True, check=True, timeout=60)
    assert "Route" in done.stdout
    assert done.stderr == ""


def plant(folder: Path, mark: Path) -> Path:
    table = folder / "ccp.lark.pickle"
    table.write_bytes(b"\n" + pickle.dumps(Planted(mark)))
    return table


def test_the_table_is_kept_for_its_user_alone(tmp_path: Path) -> None:
    read_a_policy(tmp_path / "cache", tmp_path)
    folder = tmp_path / "cache" / "ccproxy"
    assert folder.stat().st_mode & 0o777 == 0o700
    table = folder / "ccp.lark.pickle"
    made = table.stat().st_mtime_ns
    read_a_policy(tmp_path / "cache", tmp_path)
    assert table.stat().st_mtime_ns == made


def test_without_a_folder_named_it_is_in_the_home(tmp_path: Path) -> None:
    read_a_policy("", tmp_path)
    assert (tmp_path / ".cache" / "ccproxy" / "ccp.lark.pickle").is_file()


def test_a_table_in_a_folder_of_ones_own_is_read(tmp_path: Path) -> None:
    (tmp_path / "ccproxy").mkdir(mode=0o700)
    plant(tmp_path / "ccproxy", tmp_path / "mark")
    read_a_policy(tmp_path, tmp_path)
    assert (tmp_path / "mark").exists()  # what the tests below show is not for want of a pickle that runs


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o750])
def test_a_folder_that_others_can_enter_is_not_used(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "ccproxy"
    folder.mkdir()
    folder.chmod(mode)
    planted = plant(folder, tmp_path / "mark").read_bytes()
    read_a_policy(tmp_path, tmp_path)
    assert not (tmp_path / "mark").exists()
    assert (folder / "ccp.lark.pickle").read_bytes() == planted


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    plant(elsewhere, tmp_path / "mark")
    (tmp_path / "ccproxy").symlink_to(elsewhere)
    read_a_policy(tmp_path, tmp_path)
    assert not (tmp_path / "mark").exists()


def test_a_table_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "ccproxy").mkdir(mode=0o700)
    planted = plant(tmp_path, tmp_path / "mark")
    (tmp_path / "ccproxy" / "ccp.lark.pickle").symlink_to(planted)
    read_a_policy(tmp_path, tmp_path)
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("cache", ["relative", "/proc/none"])
def test_where_nothing_can_be_kept_policies_are_read_all_the_same(tmp_path: Path, cache: str) -> None:
    read_a_policy(cache, tmp_path)
    assert list(tmp_path.rglob("*.pickle")) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "ccproxy"
    folder.mkdir(mode=0o700)
    plant(folder, tmp_path / "mark")
    os.chown(folder, 12_345, 12_345)
    read_a_policy(tmp_path, tmp_path)
    assert not (tmp_path / "mark").exists()
