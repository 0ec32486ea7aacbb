"""Reads the `ccproxy.yaml` of a config folder."""

from __future__ import annotations

import os
from pathlib import Path

from ccproxy.config.settings import SETTINGS_NAME, Settings, SettingsError
from ccproxy.source import Problem, Source, Span


def read_settings(folder: Path, cache: Path | None = None) -> Settings:
    """The settings of a config folder; `cache` is the folder of a `YamlCache`, for processes that end soon. Raises SettingsError."""
    path = folder / SETTINGS_NAME
    if not os.path.lexists(path):
        return Settings()
    # takes its time to import
    from ccproxy.config.settings_text import parse_settings
    from ccproxy.yaml_nodes import read_yaml_text

    try:
        text = read_yaml_text(path)
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)
        raise SettingsError([Problem(Span(Source("", SETTINGS_NAME, path), 0, 0), f"the file can't be read: {reason}")]) from error
    return parse_settings(Source(text, SETTINGS_NAME, path), cache)
