"""Reads settings and policy once, when LiteLLM loads the hook, and refuses to start with broken ones."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import ccproxy
from ccproxy.config.locations import Location, locate
from ccproxy.config.settings import Settings, SettingsError
from ccproxy.config.settings_file import read_settings
from ccproxy.frozen import frozen
from ccproxy.gateway.policy_file import Reading
from ccproxy.gateway.reload import Load, LoadError, load_in_time
from ccproxy.models.label_models import Models
from ccproxy.models.model_list import ModelList
from ccproxy.models.model_list_reader import read_model_list


class PolicyStartError(Exception):
    """Raised if there is no policy to start with; the message has its diagnostics."""


@frozen
class Start:
    """The locations, the settings, LiteLLM's model list and the models behind it; None if its config is unknown or can't be read."""

    location: Location
    settings: Settings
    model_list: ModelList | None
    models: Models | None = None


def read_start() -> Start:
    """Read what this process starts with. Raises PolicyStartError, which aborts LiteLLM's start."""
    config = litellm_config()
    try:
        location = locate(os.environ, config)
        settings = read_settings(location.folder)
    except SettingsError as error:
        raise PolicyStartError(str(error)) from error
    except RuntimeError:
        raise PolicyStartError("no home folder is known: name the config folder, by $CCPROXY_CONFIG_DIR") from None
    if config is None:
        return Start(location, settings, None)
    return Start(location, settings, read_model_list(config)[0], Models.read(config))


def first_policy(path: Path, load: Load, reading: Reading) -> ccproxy.Policy:
    """Load the policy to start with. Raises PolicyStartError."""
    try:
        return load_in_time(load, reading)
    except LoadError as error:
        raise PolicyStartError(f"ccproxy can't use the policy {path}:\n{error}") from None


def litellm_config() -> Path | None:
    """The config file that LiteLLM was started with in this process, None if there is none."""
    server = sys.modules.get("litellm.proxy.proxy_server")
    path = getattr(server, "user_config_file_path", None) or os.environ.get("CONFIG_FILE_PATH")
    return Path(path) if isinstance(path, str) and path else None
