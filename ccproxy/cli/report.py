"""Collects all diagnostics of policies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ccproxy.analysis.examination import diagnose
from ccproxy.analysis.fuel import TOTAL, Fuel
from ccproxy.checks import CheckedPolicy, check, with_models
from ccproxy.cli.arguments import STDIN
from ccproxy.cli.context import CannotRunError, Settings, config_files, unreadable
from ccproxy.cli.file_names import Names
from ccproxy.cli.policies import read_policy
from ccproxy.cli.progress import counted
from ccproxy.diagnostics import Code, Diagnostic, Severity, sort_diagnostics
from ccproxy.frozen import frozen
from ccproxy.language.loader import Loaded
from ccproxy.regular_files import exists, real_path
from ccproxy.source import Source, Span

if TYPE_CHECKING:
    from ccproxy.facts.calls import Kind
    from ccproxy.models.label_models import Models
    from ccproxy.models.model_list import ModelList


@frozen
class CheckedFile:
    """One file, a policy or LiteLLM's config, and what was found.

    `rules` is the number of a policy's, None for a config; `proved` that of its assertions, 0 unless all are decided.
    """

    name: str
    diagnostics: list[Diagnostic]
    rules: int | None
    proved: int = 0

    @property
    def open(self) -> list[Diagnostic]:
        """What no comment acknowledges."""
        return [diagnostic for diagnostic in self.diagnostics if not diagnostic.acknowledged]

    @property
    def summary(self) -> str:
        """How it stands, on one line."""
        counts = [
            f"{number} {severity}{'' if number == 1 else 's'}"
            for severity in Severity
            if (number := sum(diagnostic.severity is severity for diagnostic in self.open))
        ]
        if acknowledged := len(self.diagnostics) - len(self.open):
            counts.append(f"{acknowledged} acknowledged")
        if any(diagnostic.severity is not Severity.NOTE for diagnostic in self.open):
            return ", ".join(counts)
        rules = "" if self.rules is None else f"{self.rules} rule{'' if self.rules == 1 else 's'}"
        proved = f"{self.proved} assertion{'' if self.proved == 1 else 's'} proved" if self.proved else ""
        return ", ".join(["fine", *filter(None, [rules, proved]), *counts])


@frozen
class Report:
    """What was found in all files.

    `unreadable` are the files that could not be checked, and why; `configs` are LiteLLM's, where labels were looked for
    and nobody named them.
    """

    files: list[CheckedFile]
    unreadable: list[Diagnostic]
    names: Names
    configs: tuple[Path, ...] = ()

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """Those of all files."""
        return [*self.unreadable, *(diagnostic for file in self.files for diagnostic in file.diagnostics)]


def check_policies(
    settings: Settings,
    policies: Sequence[Path],
    config: Path | None,
    *,
    use_config: bool = True,
    load_predicates: bool = False,
    budget: int | None = None,
    today: date | None = None,
) -> Report:
    """Check these policies, or the one of the config folder, and LiteLLM's config. CannotRunError where there is none to check.

    `budget` are the steps that the analyses of all of them may take together; models that retire until soon after `today` are told.
    """
    fuel = Fuel(TOTAL if budget is None else budget)
    configs = _Configs(settings, config)
    files: list[CheckedFile] = []
    failed: list[Diagnostic] = []
    for path in counted(policies or [_only_policy(settings)], "checking"):
        try:
            loaded = read_policy(path)
        except OSError as error:
            failed.append(Diagnostic(Code.UNREADABLE_FILE, Span(Source("", str(path)), 0, 0), unreadable(path, error)))
            continue
        (model_list, models), found = configs.of(path) if use_config else ((None, None), [])
        passed = settings.passed_calls if use_config else frozenset()
        files += [
            *found,
            _check(settings, path, loaded, model_list, models, load_predicates=load_predicates, fuel=fuel, passed=passed, today=today),
        ]
    return Report(files, failed, Names(), configs.found)


class _Configs:
    """LiteLLM's configs that labels are looked for in: the one named, else for each policy the one beside it, else the config folder's."""

    def __init__(self, settings: Settings, named: Path | None) -> None:
        self._settings = settings
        self._named = named
        self._read: dict[Path, tuple[ModelList | None, Models | None]] = {}

    @property
    def found(self) -> tuple[Path, ...]:
        """Those that nobody named."""
        return () if self._named is not None else tuple(self._read)

    def of(self, policy: Path) -> tuple[tuple[ModelList | None, Models | None], list[CheckedFile]]:
        """The names for a policy and the models behind them, None without a config; what is wrong with a config not read before."""
        config = self._settings.litellm_config(self._named, None if policy == STDIN else policy)
        if config is None:
            return (None, None), []
        if config in self._read:
            return self._read[config], []
        from ccproxy.config.configured_models import configured_models
        from ccproxy.config.settings import SettingsError
        from ccproxy.models.label_models import Models

        try:
            files = config_files()
            model_list, found = configured_models(config, self._settings.folder, files)
            self._read[config] = model_list, Models.read(config, briefly=True, files=files)
        except SettingsError as error:
            raise CannotRunError(str(error)) from None
        return self._read[config], [CheckedFile(str(config), sort_diagnostics(found), None)] if found else []


def _only_policy(settings: Settings) -> Path:
    path = settings.policy(None)
    if not exists(path):
        raise CannotRunError(f"there is no policy {path}; name one: ccproxy check policy.ccp")
    return path


def _check(
    settings: Settings,
    path: Path,
    loaded: Loaded,
    model_list: ModelList | None,
    models: Models | None,
    *,
    load_predicates: bool,
    fuel: Fuel,
    passed: frozenset[Kind],
    today: date | None,
) -> CheckedFile:
    name = "<stdin>" if path == STDIN else str(path)
    diagnostics, checked = check(loaded)
    if checked is None:
        return CheckedFile(name, _with_labels(diagnostics, loaded, model_list), None)
    folders = [settings.folder, *([] if path == STDIN else [real_path(path).parent])] if checked.predicates else []
    checked = with_models(checked, models)
    found = diagnose(diagnostics, checked, folders, model_list, load_predicates=load_predicates, fuel=fuel, passed=passed, today=today)
    return CheckedFile(name, found, len(checked.rules), _proved(checked, found))


def _with_labels(diagnostics: list[Diagnostic], loaded: Loaded, model_list: ModelList | None) -> list[Diagnostic]:
    """What is wrong with a policy that can't be analysed, and with the labels that stand in it."""
    if model_list is None:
        return diagnostics
    from ccproxy.checks.labels import unknown_labels

    return sort_diagnostics([*diagnostics, *unknown_labels(loaded.policy, model_list)], loaded.policy.sources)


def _proved(checked: CheckedPolicy, found: Iterable[Diagnostic]) -> int:
    """How many assertions are proved; 0 where the analyses left one of them, or everything, undecided."""
    spans = {assertion.span for assertion in checked.assertions}
    undecided = {item.span for item in found if item.code is Code.UNDECIDED}
    return 0 if undecided & {*spans, checked.policy.span} else len(spans)
