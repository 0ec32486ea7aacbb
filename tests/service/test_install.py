"""The starter files."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import ccproxy
from ccproxy.diagnostics import Severity
from ccproxy.models.litellm_config import read_litellm_config
from ccproxy.service.doctor import CLAUDE_CODE_MODELS
from ccproxy.service.install import install
from ccproxy.service.preflight import check_files, plan_start

from .home import Home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_three_files_for_their_owner_alone(home: Home) -> None:
    told = home.run("install")
    assert told.returncode == 0
    assert {path.name for path in home.folder.iterdir()} == {"policy.ccp", "ccproxy.yaml", "config.yaml"}
    assert mode(home.folder) == 0o700
    assert {mode(path) for path in home.folder.iterdir()} == {0o600}
    assert told.stdout.count("wrote ") == 3


def test_what_is_there_is_kept(home: Home) -> None:
    home.folder.mkdir()
    (home.folder / "policy.ccp").write_text("default -> default\n")
    assert "kept " in home.run("install").stdout
    key = home.config()["general_settings"]["master_key"]
    assert home.run("install").returncode == 0
    assert (home.folder / "policy.ccp").read_text() == "default -> default\n"
    assert home.config()["general_settings"]["master_key"] == key


def test_force_keeps_a_backup(home: Home) -> None:
    home.folder.mkdir()
    for text in ("one", "two"):
        (home.folder / "policy.ccp").write_text(text)
        assert home.run("install", "--force").returncode == 0
    assert (home.folder / "policy.ccp").read_text() != "two"
    assert {"one", "two"} <= {path.read_text() for path in home.folder.glob("policy.ccp.*.bak*")}


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "config.yaml").symlink_to(tmp_path / "target")
    install(folder)
    assert not (tmp_path / "target").exists()
    install(folder, force=True)
    assert not (tmp_path / "target").exists()
    assert not (folder / "config.yaml").is_symlink()


def test_no_two_keys_are_the_same(tmp_path: Path) -> None:
    keys = set()
    for name in "ab":
        install(tmp_path / name)
        key = read_litellm_config(tmp_path / name / "config.yaml", {}).master_key
        assert key is not None
        assert key.startswith("sk-")
        assert len(key) > 40
        keys.add(key)
    assert len(keys) == 2


def test_the_files_fit_together(tmp_path: Path) -> None:
    install(tmp_path)
    plan = plan_start(tmp_path, (), {})
    assert [diagnostic for diagnostic in check_files(plan) if diagnostic.severity is not Severity.NOTE] == []
    config = read_litellm_config(plan.config, {})
    labels = ccproxy.load(plan.policy).labels
    for label in labels:
        (deployment,) = config.of_label(label)
        assert deployment.is_anthropic
        assert deployment.references == ("ANTHROPIC_API_KEY",)
    assert {deployment.name for deployment in config.deployments} == {*labels, "claude-*"}
    assert config.callbacks == ("ccproxy.gateway.hook.handler", "prometheus")
    assert all(name.startswith("claude-") for name in CLAUDE_CODE_MODELS)


def test_the_config_folder_can_be_named(home: Home) -> None:
    assert home.run("--config-dir", str(home.path / "a"), "install").returncode == 0
    assert home.run("install", environment={"CCPROXY_CONFIG_DIR": str(home.path / "b")}).returncode == 0
    assert (home.path / "a" / "config.yaml").exists()
    assert (home.path / "b" / "config.yaml").exists()
    assert not home.folder.exists()


@pytest.mark.parametrize("command", ["install", "start"])
def test_where_nothing_can_be_written(home: Home, command: str) -> None:
    home.folder.write_text("in the way")
    told = home.run(command)
    assert told.returncode == 2
    assert told.stderr.startswith("ccproxy: ")
    assert str(home.folder) in told.stderr
    assert "Traceback" not in told.stderr


def test_no_command_but_the_proxy_loads_litellm() -> None:
    modules = ["install", "lifecycle", "status", "logs", "client", "doctor"]
    code = f"import sys, {', '.join(f'ccproxy.service.{name}' for name in modules)}; sys.exit('litellm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_template_is_what_is_written(tmp_path: Path) -> None:
    install(tmp_path)
    assert yaml.safe_load((tmp_path / "ccproxy.yaml").read_text())["port"] == 4000
    assert "MASTER_KEY" not in (tmp_path / "config.yaml").read_text()
