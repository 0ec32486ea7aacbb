"""Where the hook finds its policy."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from ccproxy.config.locations import SettingsError, cache_folder, litellm_config_path, locate


def test_ccproxy_policy_comes_first(tmp_path: Path) -> None:
    environment = {"CCPROXY_POLICY": "/a/b.ccp", "CCPROXY_CONFIG_DIR": str(tmp_path)}
    assert locate(environment).policy == Path("/a/b.ccp")
    assert locate(environment).folder == tmp_path


def test_the_named_folder(tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    (tmp_path / "beside" / "policy.ccp").touch()
    found = locate({"CCPROXY_CONFIG_DIR": str(tmp_path)}, tmp_path / "beside" / "config.yaml")
    assert (found.folder, found.policy) == (tmp_path, tmp_path / "policy.ccp")


@pytest.mark.parametrize("name", ["ccproxy.yaml", "policy.ccp"])
def test_the_folder_of_litellm_s_config(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert locate({}, tmp_path / "config.yaml").folder == tmp_path


def test_the_home_folder_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert locate({}, tmp_path / "config.yaml").policy == tmp_path / ".ccproxy" / "policy.ccp"
    assert locate({}).folder == tmp_path / ".ccproxy"


def test_the_policy_that_the_settings_name(tmp_path: Path) -> None:
    (tmp_path / "ccproxy.yaml").write_text("policy: rules/main.ccp\n")
    assert locate({"CCPROXY_CONFIG_DIR": str(tmp_path)}).policy == tmp_path / "rules" / "main.ccp"
    (tmp_path / "ccproxy.yaml").write_text("policy: /etc/main.ccp\n")
    assert locate({"CCPROXY_CONFIG_DIR": str(tmp_path)}).policy == Path("/etc/main.ccp")


def test_litellm_s_config_that_the_settings_name(tmp_path: Path) -> None:
    assert litellm_config_path(tmp_path) == tmp_path / "config.yaml"
    (tmp_path / "ccproxy.yaml").write_text("litellm: {config: ../litellm.yaml}\n")
    assert litellm_config_path(tmp_path) == tmp_path / ".." / "litellm.yaml"
    (tmp_path / "ccproxy.yaml").write_text("litellm: {config: /etc/litellm.yaml}\n")
    assert litellm_config_path(tmp_path) == Path("/etc/litellm.yaml")


@pytest.mark.parametrize("text", ["", "# nothing\n", "port: 4000\n"])
def test_settings_without_a_policy(tmp_path: Path, text: str) -> None:
    (tmp_path / "ccproxy.yaml").write_text(text)
    assert locate({"CCPROXY_CONFIG_DIR": str(tmp_path)}).policy == tmp_path / "policy.ccp"


@pytest.mark.parametrize("text", ["[", "- a\n", "policy: 5\n", "policy: ''\n", "text"])
def test_settings_that_can_t_be_used(tmp_path: Path, text: str) -> None:
    (tmp_path / "ccproxy.yaml").write_text(text)
    with pytest.raises(SettingsError, match=r"ccproxy\.yaml"):
        locate({"CCPROXY_CONFIG_DIR": str(tmp_path)})


def test_the_cache_is_in_a_folder_that_is_named_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert cache_folder({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/ccproxy")
    assert cache_folder({"XDG_CACHE_HOME": "caches"}) == cache_folder({}) == Path("/home/me/.cache/ccproxy")
    monkeypatch.setenv("HOME", "me")
    assert cache_folder({}) is None


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container, say, whose user the system doesn't know: `~` would be a folder of the current one."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    assert cache_folder({}) is None
