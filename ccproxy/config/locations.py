"""Locates the config folder, the policy and LiteLLM's config."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ccproxy.config.settings import SETTINGS_NAME, SettingsError
from ccproxy.config.settings_file import read_settings
from ccproxy.frozen import frozen
from ccproxy.regular_files import expanded, is_file

__all__ = [
    "LITELLM_CONFIG_NAME",
    "POLICY_NAME",
    "RECORDS_NAME",
    "Location",
    "SettingsError",
    "cache_folder",
    "config_folder",
    "litellm_config_path",
    "locate",
    "policy_path",
]

POLICY_NAME = "policy.ccp"
LITELLM_CONFIG_NAME = "config.yaml"
RECORDS_NAME = "decisions.jsonl"


@frozen
class Location:
    """The config folder and the policy in force; neither has to exist."""

    folder: Path
    policy: Path


def locate(environment: Mapping[str, str], litellm_config: Path | None = None) -> Location:
    """Locate the hook's config folder and policy.

    The policy is `$CCPROXY_POLICY`, else that of the config folder; the folder is `$CCPROXY_CONFIG_DIR`, else that of LiteLLM's config
    file if it has a `ccproxy.yaml` or `policy.ccp`, else `~/.ccproxy`. Raises SettingsError, and RuntimeError as `config_folder`.
    """
    folder = config_folder(environment, litellm_config)
    named = environment.get("CCPROXY_POLICY")
    return Location(folder, expanded(named) if named else policy_path(folder))


def config_folder(environment: Mapping[str, str], litellm_config: Path | None = None) -> Path:
    """The config folder: see `locate`. Raises RuntimeError where it would be in a home that nobody knows."""
    named = environment.get("CCPROXY_CONFIG_DIR")
    if named:
        return expanded(named)
    if litellm_config is not None:
        beside = litellm_config.absolute().parent
        if is_file(beside / SETTINGS_NAME) or is_file(beside / POLICY_NAME):
            return beside
    return Path("~/.ccproxy").expanduser()


def policy_path(folder: Path, cache: Path | None = None) -> Path:
    """The policy of a config folder: `policy` of its `ccproxy.yaml`, relative to it; else its `policy.ccp`. Raises SettingsError."""
    named = read_settings(folder, cache).policy
    return folder / (POLICY_NAME if named is None else expanded(named))


def litellm_config_path(folder: Path, cache: Path | None = None) -> Path:
    """LiteLLM's config of a config folder: `config` under `litellm` of its `ccproxy.yaml`, else its `config.yaml`. Raises SettingsError."""
    return folder / expanded(read_settings(folder, cache).litellm.config)


def cache_folder(environment: Mapping[str, str]) -> Path | None:
    """Where commands keep what they can do without: `ccproxy` in `$XDG_CACHE_HOME`, else in `~/.cache`; it need not exist.

    None where neither leads anywhere from every folder: where no home is known, `~` stays as it is.
    """
    named = (environment.get("XDG_CACHE_HOME", ""), os.path.expanduser("~/.cache"))
    return next((Path(folder, "ccproxy") for folder in named if os.path.isabs(folder)), None)
