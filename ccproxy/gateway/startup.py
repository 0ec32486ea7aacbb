"""What the hook reads once, when LiteLLM loads it: settings and policy; it refuses to start on broken ones."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import ccproxy
from ccproxy.config.locations import Location, locate
from ccproxy.config.settings import Settings, SettingsError
from ccproxy.config.settings_file import read_settings
from ccproxy.gateway.policy_file import Reading
from ccproxy.gateway.reload import Load, LoadError, load_in_time
from ccproxy.models.model_list import ModelList
from ccproxy.models.model_list_reader import read_model_list


class PolicyStartError(Exception):
    """There is no policy to start with; the message has its diagnostics."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where things are, the settings, and the names that LiteLLM routes to, None where its config is not known or can't be read."""

    location: Location
    settings: Settings
    model_list: ModelList | None


def read_start() -> Start:
    """Where this process finds its policy. Raises PolicyStartError, which ends LiteLLM's start."""
    config = litellm_config()
    try:
        location = locate(os.environ, config)
        settings = read_settings(location.folder)
    except SettingsError as error:
        raise PolicyStartError(str(error)) from error
    return Start(location, settings, None if config is None else read_model_list(config)[0])


def first_policy(path: Path, load: Load, reading: Reading) -> ccproxy.Policy:
    """The policy to start with. Raises PolicyStartError."""
    try:
        return load_in_time(load, reading)
    except LoadError as error:
        raise PolicyStartError(f"ccproxy can't use the policy {path}:\n{error}") from None


def litellm_config() -> Path | None:
    """The config file that the LiteLLM in this process was started with, None where there is none."""
    server = sys.modules.get("litellm.proxy.proxy_server")
    path = getattr(server, "user_config_file_path", None) or os.environ.get("CONFIG_FILE_PATH")
    return Path(path) if isinstance(path, str) and path else None
