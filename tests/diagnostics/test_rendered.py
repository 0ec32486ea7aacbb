"""What a person reads: each `.ccp` here beside the `.txt` that `ccproxy check` prints for it.

A folder of the same name is the config folder.

`CCPROXY_WRITE_RENDERED=1 pytest tests/diagnostics` writes the `.txt` anew; read the difference before you commit it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from ccproxy.cli import main
from ccproxy.diagnostics import Code

FOLDER = Path(__file__).parent
POLICIES = sorted(path.stem for path in FOLDER.glob("*.ccp"))


def _too_large(folder: Path) -> None:
    (folder / "policy.ccp").write_text("# a comment\n" * 100_000)


def _too_many_rules(folder: Path) -> None:
    (folder / "policy.ccp").write_text("when stream -> think\n" * 20_001 + "default -> default\n")


def _too_deep(folder: Path) -> None:
    (folder / "policy.ccp").write_text('include "1.ccp"\ndefault -> default\n')
    for number in range(1, 20):
        (folder / f"{number}.ccp").write_text(f'include "{number + 1}.ccp"\n')


MADE: dict[str, Callable[[Path], None]] = {
    "003-file-too-large": _too_large,
    "020-include-too-deep": _too_deep,
    "025-too-many-rules": _too_many_rules,
}
"""Policies that would be too long to keep, by the name of their `.txt`."""


def rendered(policy: str, config: str) -> str:
    """What `ccproxy check` prints, without the trailing spaces that editors take away."""
    folder = policy.removesuffix(".ccp")
    result = CliRunner().invoke(main, ["--config-dir", folder, "check", policy, "--config", config, "--at", "2026-01-01"])
    assert result.exit_code in (0, 1), result.output
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines())


def compare(name: str, found: str) -> None:
    path = FOLDER / f"{name}.txt"
    if os.environ.get("CCPROXY_WRITE_RENDERED"):
        path.write_text(found, "utf-8")
    assert found == path.read_text("utf-8")
    code = name.partition("-")[0]
    if code.isdigit():
        assert f"[CCP{code}] {name.partition('-')[2]}: " in found


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_is_told_as_written_down(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)
    own = f"{name}.yaml"
    compare(name, rendered(f"{name}.ccp", own if Path(own).exists() else "config.yaml"))


@pytest.mark.parametrize("name", MADE)
def test_a_policy_past_a_limit_is_told_as_written_down(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MADE[name](tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ccproxy.analysis.examination.analyse", lambda checked, work: [])
    compare(name, rendered("policy.ccp", str(FOLDER / "config.yaml")))


def test_every_code_of_the_text_has_an_example() -> None:
    shown = {f"CCP{name.partition('-')[0]}" for name in [*POLICIES, *MADE]}
    proved = {row.number for row in Code if row.number.startswith("CCP4")}
    told_otherwise = {"CCP001"}  # a file that can't be read has no line to show
    assert {row.number for row in Code} - proved - told_otherwise <= shown
