"""What the hook reads once, when LiteLLM loads it: settings and policy; it refuses to start on broken ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import ccproxy
from ccproxy.config.locations import Location, locate
from ccproxy.config.settings import Settings, SettingsError
from ccproxy.config.settings_file import read_settings
from ccproxy.gateway.policy_file import Reading
from ccproxy.gateway.reload import why


class PolicyStartError(Exception):
    """There is no policy to start with; the message has its diagnostics."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where things are, and the settings."""

    location: Location
    settings: Settings


def read_start() -> Start:
    """Where this process finds its policy. Raises PolicyStartError, which ends LiteLLM's start."""
    try:
        location = locate(os.environ, litellm_config())
        return Start(location, read_settings(location.folder))
    except SettingsError as error:
        raise PolicyStartError(str(error)) from error


def first_policy(path: Path, load: Callable[[Reading], ccproxy.Policy], reading: Reading) -> ccproxy.Policy:
    """The policy to start with. Raises PolicyStartError."""
    try:
        return load(reading)
    except ccproxy.PolicyError as error:
        raise PolicyStartError(f"ccproxy can't use the policy {path}:\n{why(error)}") from None
    except OSError as error:
        raise PolicyStartError(f"ccproxy can't read the policy {path}: {error.strerror or error}") from error


def litellm_config() -> Path | None:
    """The config file that the LiteLLM in this process was started with, None where there is none."""
    server = sys.modules.get("litellm.proxy.proxy_server")
    path = getattr(server, "user_config_file_path", None) or os.environ.get("CONFIG_FILE_PATH")
    return Path(path) if isinstance(path, str) and path else None
