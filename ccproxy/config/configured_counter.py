"""The token counter that the settings of a config folder ask for."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from ccproxy.config.calibration import ratio_for, read_groups
from ccproxy.config.settings import Settings
from ccproxy.config.settings_file import read_settings
from ccproxy.facts import TokenCounter, TokenizerError, check_vocabulary

C = TypeVar("C", bound=TokenCounter)


def counter_for(folder: Path, *, calibrated: bool = True) -> TokenCounter:
    """Counts as a proxy of this folder does; `calibrated`: with the ratios it has learnt so far, where its settings want that.

    Raises SettingsError.
    """
    settings = read_settings(folder)
    return counter_by(settings, _ratios(folder) if settings.calibrate and calibrated else None, TokenCounter)


def counter_by(settings: Settings, correction: Callable[[str | None], Fraction] | None, kind: type[C]) -> C:
    """A counter of a kind by these settings."""
    tokens = settings.tokens
    return kind(tokens.encoding, tokens.scale, tokens.cache_megabytes * 1024 * 1024, correction=correction)


def counting_problem(folder: Path) -> str | None:
    """Why a proxy of this folder can't tokenise, None where it can. Raises SettingsError."""
    try:
        check_vocabulary(read_settings(folder).tokens.encoding)
    except TokenizerError as error:
        return f"{error}; tokens are estimated by bytes"
    return None


def _ratios(folder: Path) -> Callable[[str | None], Fraction]:
    groups = read_groups(folder)
    return lambda model: ratio_for(groups, model)
