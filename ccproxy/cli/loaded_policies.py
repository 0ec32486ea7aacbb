"""Policies that decide for a command as they do in a proxy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ccproxy.checks import check
from ccproxy.cli.arguments import STDIN
from ccproxy.cli.context import CannotRunError, Settings, config_files, unreadable
from ccproxy.cli.output import say
from ccproxy.cli.policies import print_diagnostics, read_policy
from ccproxy.compiler.python_predicates import Report
from ccproxy.facts import TokenCounter
from ccproxy.policy import Policy, PolicyError, PredicateFailure, build, load

if TYPE_CHECKING:
    from ccproxy.models.label_models import Models


def load_reporting(settings: Settings, path: Path, counter: TokenCounter, config: Path | None = None) -> Policy:
    """The policy, its Python predicates imported and told of where they fail. CannotRunError without the file, or where one can't be."""
    try:
        return load_as_proxy(settings, path, counter, config=config)
    except OSError as error:
        raise CannotRunError(unreadable(path, error)) from None
    except PolicyError as error:
        print_diagnostics(list(error.diagnostics))
        raise CannotRunError(f"{path} can't be used") from None


def load_as_proxy(settings: Settings, path: Path, counter: TokenCounter, *, predicates: bool = True, config: Path | None = None) -> Policy:
    """The policy as a proxy of the config folder has it, told where a predicate fails; `config` is LiteLLM's where it is named.

    `path` may be standard input. PolicyError, OSError, CannotRunError.
    """
    on_failure = settings.on_predicate_failure
    if path == STDIN:
        diagnostics, checked = check(read_policy(path))
        return build(
            diagnostics,
            checked,
            [settings.folder, Path.cwd()],
            counter,
            predicate_reporter(on_failure),
            predicates=predicates,
            reject=on_failure == "reject",
            models=lambda: models_behind(settings, path, config),
        )
    return load(
        path,
        config_folder=settings.folder,
        counter=counter,
        report=predicate_reporter(on_failure),
        predicates=predicates,
        on_predicate_failure=on_failure,
        models=lambda: models_behind(settings, path, config),
    )


def models_behind(settings: Settings, policy: Path, config: Path | None = None) -> Models | None:
    """The models behind the labels of a policy, by LiteLLM's config: the one that is named, else that beside it or of the config folder."""
    found = settings.litellm_config(config, None if policy == STDIN else policy)
    if found is None:
        return None
    from ccproxy.models.label_models import Models

    return Models.read(found, briefly=True, files=config_files())


def predicate_reporter(on_failure: PredicateFailure) -> Report:
    """Tells of predicates that fail, of each failure once: an explanation asks them more than once."""
    told: set[str] = set()
    outcome = "refuses the request" if on_failure == "reject" else "counts as false"

    def report(name: str, what: str, error: BaseException | None) -> None:
        reason = "" if error is None else f": {type(error).__name__}: {error}"
        line = f"the predicate {name} {outcome}: {what}{reason}"
        if line not in told:
            told.add(line)
            say(line, err=True)

    return report
