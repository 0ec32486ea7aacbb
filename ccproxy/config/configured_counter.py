"""Makes the token counter that the settings of a config folder ask for."""

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


def counter_for(folder: Path, *, calibrated: bool = True, cache: Path | None = None) -> TokenCounter:
    """A counter that counts like a proxy of this folder; `calibrated`: with the ratios learnt so far, if the settings ask for them.

    Raises SettingsError.
    """
    settings = read_settings(folder, cache)
    return counter_by(settings, _ratios(folder) if settings.calibrate and calibrated else None, TokenCounter)


def counter_by(settings: Settings, correction: Callable[[str | None], Fraction] | None, kind: type[C]) -> C:
    """A counter of this kind with these settings."""
    tokens = settings.tokens
    return kind(tokens.encoding, tokens.scale, tokens.cache_megabytes * 1024 * 1024, correction=correction)


def counting_problem(folder: Path) -> str | None:
    """Why a proxy of this folder can't tokenise, None if it can. Raises SettingsError."""
    try:
        check_vocabulary(read_settings(folder).tokens.encoding)
    except TokenizerError as error:
        return f"{error}; tokens are estimated by bytes"
    return None


def _ratios(folder: Path) -> Callable[[str | None], Fraction]:
    groups = read_groups(folder)
    return lambda model: ratio_for(groups, model)
