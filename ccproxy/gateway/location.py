"""Where things are: the config folder, the policy, LiteLLM's config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SETTINGS_NAME = "ccproxy.yaml"
POLICY_NAME = "policy.ccp"
LITELLM_CONFIG_NAME = "config.yaml"


class SettingsError(Exception):
    """`ccproxy.yaml` is there and can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Location:
    """The config folder and the policy in force; neither need exist."""

    folder: Path
    policy: Path


def locate(environment: Mapping[str, str], litellm_config: Path | None = None) -> Location:
    """Where the hook finds its things.

    The policy is `$CCPROXY_POLICY`, else the one of the config folder; the folder is `$CCPROXY_CONFIG_DIR`, else that of LiteLLM's config
    file where it has a `ccproxy.yaml` or `policy.ccp`, else `~/.ccproxy`. Raises SettingsError.
    """
    folder = config_folder(environment, litellm_config)
    named = environment.get("CCPROXY_POLICY")
    return Location(folder, Path(named).expanduser() if named else policy_path(folder))


def config_folder(environment: Mapping[str, str], litellm_config: Path | None = None) -> Path:
    """The config folder: see `locate`."""
    named = environment.get("CCPROXY_CONFIG_DIR")
    if named:
        return Path(named).expanduser()
    if litellm_config is not None:
        beside = litellm_config.absolute().parent
        if (beside / SETTINGS_NAME).is_file() or (beside / POLICY_NAME).is_file():
            return beside
    return Path("~/.ccproxy").expanduser()


def policy_path(folder: Path) -> Path:
    """The policy of a config folder: `policy` of its `ccproxy.yaml`, from that folder; else its `policy.ccp`. Raises SettingsError."""
    named = read_settings(folder).get("policy")
    if named is None:
        return folder / POLICY_NAME
    if not isinstance(named, str) or not named:
        raise SettingsError(f"{folder / SETTINGS_NAME}: policy is the path of a file, not {named!r}")
    return folder / Path(named).expanduser()


def read_settings(folder: Path) -> dict[str, Any]:
    """What the folder's `ccproxy.yaml` says, keys as written; nothing where there is no such file. Raises SettingsError."""
    path = folder / SETTINGS_NAME
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} can't be read: {error}") from error
    import yaml

    try:
        settings = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise SettingsError(f"{path} can't be read: {error}") from error
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise SettingsError(f"{path}: the file is a mapping of settings, not a {type(settings).__name__}")
    return {str(key): value for key, value in settings.items()}
