"""Reads the model list of LiteLLM's config, restricted by the settings of a config folder."""

from __future__ import annotations

from pathlib import Path

from ccproxy.config.settings_file import read_settings
from ccproxy.diagnostics import Diagnostic
from ccproxy.models.config_files import ConfigFiles
from ccproxy.models.model_list import ModelList
from ccproxy.models.model_list_reader import read_model_list


def configured_models(config: Path, folder: Path, files: ConfigFiles | None = None) -> tuple[ModelList | None, list[Diagnostic]]:
    """The result of `read_model_list` for LiteLLM's config, without its fallbacks if the folder's settings ignore them.

    `files` has those that were read for something else. Raises SettingsError.
    """
    model_list, problems = read_model_list(config, files=files)
    if model_list is not None and read_settings(folder, None if files is None else files.cache).litellm_fallbacks == "ignore":
        model_list = model_list.without_fallbacks()
    return model_list, problems
