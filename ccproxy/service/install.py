"""Installs the starter files of a config folder."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from ccproxy.config.locations import LITELLM_CONFIG_NAME, POLICY_NAME
from ccproxy.config.settings import SETTINGS_NAME
from ccproxy.frozen import frozen
from ccproxy.private_files import make_folder, write_new
from ccproxy.regular_files import exists

NAMES = (POLICY_NAME, SETTINGS_NAME, LITELLM_CONFIG_NAME)
STARTER = "claude-code.ccp"


@frozen
class Installed:
    """What was done with one file: written or kept, and the backup of an earlier one, if there was one."""

    path: Path
    written: bool
    backup: Path | None = None


def install(folder: Path, *, force: bool = False, now: datetime | None = None) -> list[Installed]:
    """Write the starter files that a config folder lacks; with `force` all of them, keeping backups of what was there.

    The files, and the folder if it is created here, are for their owner alone. Raises OSError.
    """
    make_folder(folder)
    stamp = (now or datetime.now()).strftime("%Y%m%d-%H%M%S")
    return [_install(folder / name, content, force, stamp) for name, content in starter_files().items()]


def is_installed(folder: Path) -> bool:
    """Whether the folder already has a policy or a LiteLLM config: then nothing is added to it unasked."""
    return any(os.path.exists(folder / name) for name in (POLICY_NAME, LITELLM_CONFIG_NAME))


def starter_files() -> dict[str, str]:
    """The name and content of each starter file; the master key is a new one each time."""
    templates = files("ccproxy.service") / "templates"
    config = (templates / LITELLM_CONFIG_NAME).read_text("utf-8").replace("MASTER_KEY", "sk-" + secrets.token_hex(24))
    policy = (files("ccproxy.policies") / STARTER).read_text("utf-8")
    return {POLICY_NAME: policy, SETTINGS_NAME: (templates / SETTINGS_NAME).read_text("utf-8"), LITELLM_CONFIG_NAME: config}


def _install(path: Path, content: str, force: bool, stamp: str) -> Installed:
    backup = None
    if exists(path) or path.is_symlink():
        if not force:
            return Installed(path, False)
        backup = _free(path.with_name(f"{path.name}.{stamp}.bak"))
        path.rename(backup)
    try:
        write_new(path, content)
    except FileExistsError:
        return Installed(path, False)
    except OSError:
        if backup is not None:
            backup.rename(path)
        raise
    return Installed(path, True, backup)


def _free(path: Path) -> Path:
    """The path, or if it is taken, one with a number appended."""
    found, number = path, 1
    while exists(found) or found.is_symlink():
        number += 1
        found = path.with_name(f"{path.name}{number}")
    return found
