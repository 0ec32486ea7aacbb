"""`ccproxy lsp` where its extra is not installed, and where the settings can't be used."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ccproxy.cli import lsp, main
from ccproxy.lsp import server
from ccproxy.lsp.background import NewCounter


def test_says_how_to_install_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lsp, "find_spec", lambda _name: None)
    result = CliRunner().invoke(main, ["lsp"])
    assert result.exit_code == 2
    assert result.stderr == "ccproxy: the language server needs pygls; in a clone of ccproxy: uv tool install '.[lsp]'\n"


def test_a_person_is_told_and_can_end_it() -> None:
    me, terminal = pty.openpty()
    command = [sys.executable, "-m", "ccproxy", "lsp"]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True) as child:
        os.close(terminal)
        told = b""
        while b"Ctrl-C ends it" not in told:
            told += os.read(me, 4096)
        os.killpg(child.pid, signal.SIGINT)
        assert child.wait(60) == -signal.SIGINT
    os.close(me)


def test_serves_on_with_settings_that_can_t_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = tmp_path / "ccproxy.yaml"
    settings.write_text("tokens: {encoding: o200k_base}")
    used: list[str] = []

    def serve(_read_models: object, new_counter: NewCounter, _folders: object) -> None:
        used.append(new_counter().encoding)
        settings.write_text("tokens: {encoding: x}")
        used.extend(new_counter().encoding for _ in range(2))

    monkeypatch.setattr(server, "serve", serve)
    result = CliRunner().invoke(main, ["--config-dir", str(tmp_path), "lsp"])
    assert result.exit_code == 0
    assert used == ["o200k_base", "cl100k_base", "cl100k_base"]
    assert result.stderr.count("encoding is ") == 1
