"""The context that commands share: config folder, policy, LiteLLM's config, and the error of a command that can't run."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import click

from ccproxy.cli.output import say
from ccproxy.closest import closest
from ccproxy.frozen import frozen
from ccproxy.regular_files import expanded, is_file

if TYPE_CHECKING:
    from ccproxy.config.settings import FitSettings
    from ccproxy.config.settings import Settings as ProxySettings
    from ccproxy.facts import TokenCounter
    from ccproxy.facts.calls import Kind, Passage
    from ccproxy.models.config_files import ConfigFiles


class CannotRunError(click.ClickException):
    """The command can't do its work; the message says why and what to write instead. Exit code 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """One line on standard error."""
        say(f"ccproxy: {self.message}", err=True, file=file)


@frozen
class Settings:
    """The options before the command."""

    config_dir: Path | None
    debug: bool

    @property
    def folder(self) -> Path:
        """The config folder; it need not exist. CannotRunError where none is named, and no home is known."""
        from ccproxy.config.locations import config_folder

        if self.config_dir:
            return expanded(self.config_dir)
        try:
            return config_folder(os.environ)
        except RuntimeError:
            raise CannotRunError("no home folder is known: name the config folder, by --config-dir or $CCPROXY_CONFIG_DIR") from None

    def policy(self, named: Path | None) -> Path:
        """The policy that a command names, else the one of the config folder; it need not exist."""
        from ccproxy.config.locations import SettingsError, policy_path

        if named is not None:
            return named
        try:
            return policy_path(self.folder, _cache())
        except SettingsError as error:
            raise CannotRunError(str(error)) from None

    def counter(self, *, calibrated: bool = True) -> TokenCounter:
        """Counts tokens as a proxy of the config folder does; without `calibrated` as one that has learnt nothing yet.

        CannotRunError where its settings can't be used.
        """
        from ccproxy.config.configured_counter import counter_for
        from ccproxy.config.locations import SettingsError

        try:
            return counter_for(self.folder, calibrated=calibrated, cache=_cache())
        except SettingsError as error:
            raise CannotRunError(str(error)) from None

    @property
    def on_predicate_failure(self) -> Literal["no_match", "reject"]:
        """What a proxy of the config folder does where a predicate fails. CannotRunError where its settings can't be used."""
        return self._proxy.on_predicate_failure

    @property
    def memory_hours(self) -> int:
        """How long it remembers conversations. CannotRunError where its settings can't be used."""
        return self._proxy.memory.hours

    @property
    def fit(self) -> FitSettings:
        """Whether it fits requests, and what they say of thinking. CannotRunError where its settings can't be used."""
        return self._proxy.fit

    @property
    def records(self) -> Path:
        """The decision records of a proxy of the config folder; they need not exist. CannotRunError where its settings can't be used."""
        from ccproxy.config.locations import RECORDS_NAME

        return self.folder / expanded(self._proxy.records.folder or "") / RECORDS_NAME

    @property
    def passed_calls(self) -> frozenset[Kind]:
        """The kinds of calls that it lets go round the policy. CannotRunError where its settings can't be used."""
        return self._proxy.other_calls

    def passage(self, config: Path | None) -> Passage:
        """What it does with which path, with this LiteLLM config if there is one. CannotRunError where its settings can't be used."""
        from ccproxy.facts.calls import Passage

        passage = Passage(self.passed_calls, root=os.environ.get("SERVER_ROOT_PATH", ""))
        if config is None:
            return passage
        from ccproxy.models.litellm_config import read_litellm_config

        return replace(passage, through=read_litellm_config(config, os.environ, config_files()).passed_through)

    @property
    def _proxy(self) -> ProxySettings:
        from ccproxy.config.locations import SettingsError
        from ccproxy.config.settings_file import read_settings

        try:
            return read_settings(self.folder, _cache())
        except SettingsError as error:
            raise CannotRunError(str(error)) from None

    def litellm_config(self, named: Path | None, policy: Path | None = None) -> Path | None:
        """LiteLLM's config that a command names, else the one beside the policy, else the config folder's; None where none is there."""
        from ccproxy.config.locations import LITELLM_CONFIG_NAME, SettingsError, litellm_config_path

        if named is not None:
            if not is_file(named):
                raise CannotRunError(f"there is no LiteLLM config {named}")
            return named
        if policy is not None and is_file(beside := policy.absolute().with_name(LITELLM_CONFIG_NAME)):
            return beside
        try:
            config = litellm_config_path(self.folder, _cache())
        except SettingsError as error:
            raise CannotRunError(str(error)) from None
        return config if os.path.isfile(config) else None


def config_files() -> ConfigFiles:
    """Reads the files of LiteLLM's config; those that earlier commands have read are in the user's cache folder."""
    from ccproxy.models.config_files import ConfigFiles

    return ConfigFiles(_cache())


def _cache() -> Path | None:
    """The user's cache folder."""
    from ccproxy.config.locations import cache_folder

    return cache_folder(os.environ)


def use_colour() -> bool:
    """Whether standard output wants colours: a terminal, and NO_COLOR is not set."""
    import sys

    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def unreadable(path: Path, error: OSError) -> str:
    """Why a file can't be read, with a file beside it whose name is close."""
    if isinstance(error, FileNotFoundError):
        return f"there is no file {path}{_similar(path)}"
    if isinstance(error, IsADirectoryError):
        return f"{path} is a folder, not a file"
    return f"{path} can't be read: {(error.strerror or str(error)).lower()}"


def _similar(path: Path) -> str:
    try:
        close = closest(path.name, [other.name for other in path.parent.iterdir() if is_file(other)])
    except OSError:
        return ""
    return f"; did you mean {path.with_name(close)}?" if close else ""
